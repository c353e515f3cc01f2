// Queue door of `runs`: one delivery moves one run by one slice.
import type { InvocationContext } from '@azure/functions';
import { advanceRun } from '../../shared/usecases/advance-run.ts';
import { advanceOrderSchema } from '../../shared/usecases/run-message.ts';
import { take } from './take.ts';

export async function advanceRunDelivery(message: unknown, context: InvocationContext): Promise<void> {
  await take('runs', message, context, advanceOrderSchema, (core, order) => advanceRun(core, order));
}
