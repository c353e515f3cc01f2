// One slice after the step was set going: has it worked? Not proved in time counts as failed.
import { classify } from '../../domain/classification/classify.ts';
import { rulesOf } from '../../domain/estate/lookup.ts';
import type { TerminationReason } from '../../domain/signals/signal.ts';
import { paramsFor, playbookFor } from '../../steps/remedies/playbooks.ts';
import { reportUnknownCode } from '../report-unknown-code.ts';
import type { RunPorts } from './ports.ts';
import { contextOf, type Position } from './position.ts';
import type { NewFailure, SliceResult } from './slice-result.ts';

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
      ...(verdict.reason ? { newFailure: await newFailureOf(ports, position, verdict.reason) } : {}),
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

async function newFailureOf(ports: RunPorts, { file }: Position, reason: TerminationReason): Promise<NewFailure> {
  const { estate } = ports;
  const { component } = file.incident;
  const classification = classify(reason, { alwaysOn: rulesOf(estate, component).alwaysOn });
  await reportUnknownCode(ports, classification, component);
  const { remedies, advice } = playbookFor(estate, component, classification);
  return { classification, remedies, advice, params: paramsFor(estate, component, classification) };
}
