// Queue door of `signals`: one delivery to the pipeline.
import type { InvocationContext } from '@azure/functions';
import { readBy } from '../../shared/domain/faults.ts';
import { signalSchema } from '../../shared/domain/signals/signal.ts';
import { handleSignal } from '../../shared/usecases/handle-signal.ts';
import { take } from './take.ts';

export async function handleSignalDelivery(message: unknown, context: InvocationContext): Promise<void> {
  await take(
    'signals',
    message,
    context,
    (body) => readBy(signalSchema, body),
    (core, signal) => handleSignal(core, signal),
  );
}
