// One slice after the step was set going: has it worked? Not proved in time counts as failed.
import type { RunPorts } from './ports.ts';
import { contextOf, type Position } from './position.ts';
import type { SliceResult } from './slice-result.ts';

export async function verifySlice(ports: RunPorts, position: Position): Promise<SliceResult> {
  const verdict = await position.step.verify(contextOf(ports, position));
  if (verdict.is === 'succeeded') {
    return {
      is: 'verified',
      because: verdict.because,
      ...(verdict.recoveredAt ? { recoveredAt: verdict.recoveredAt } : {}),
    };
  }
  if (verdict.is === 'failed') {
    return {
      is: 'failed',
      because: verdict.because,
      retryable: verdict.retryable,
      ...(verdict.reason ? { reason: verdict.reason } : {}),
    };
  }
  const { verifyUntil } = position.record;
  if (verifyUntil !== undefined && ports.clock.now().toISOString() > verifyUntil) {
    return {
      is: 'failed',
      because: `not verified within ${position.params.timeoutSeconds} s: ${verdict.because}`,
      retryable: true,
    };
  }
  return { is: 'waiting', because: verdict.because, ...(verdict.notes ? { notes: verdict.notes } : {}) };
}
