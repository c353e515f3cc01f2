// Queue door of `runs`: one delivery moves one run by one slice.
import type { InvocationContext } from '@azure/functions';
import { readBy } from '../../shared/domain/faults.ts';
import { advanceOrderSchema } from '../../shared/domain/runbooks/advance-order.ts';
import { advanceRun } from '../../shared/usecases/advance-run.ts';
import { take } from './take.ts';

export async function advanceRunDelivery(message: unknown, context: InvocationContext): Promise<void> {
  await take(
    'runs',
    message,
    context,
    (body) => readBy(advanceOrderSchema, body),
    (core, order) => advanceRun(core, order),
  );
}
