// POST /api/incidents/{id}/runs/{run}/...: what operators order about a run (D4).
import { Refused } from '../../shared/domain/errors.ts';
import type { RunCommand } from '../../shared/domain/incidents/commands.ts';
import { maybeReasonedSchema, reasonedSchema } from '../../shared/domain/incidents/operator.ts';
import type { Call, Endpoint, Route } from '../../shared/http/route.ts';
import { abortRun } from '../../shared/usecases/operator/abort-run.ts';
import { approveRun } from '../../shared/usecases/operator/approve-run.ts';
import type { CommandOrder, RunOrder } from '../../shared/usecases/operator/command.ts';
import { pauseRun } from '../../shared/usecases/operator/pause-run.ts';
import { rejectRun } from '../../shared/usecases/operator/reject-run.ts';
import { resumeRun } from '../../shared/usecases/operator/resume-run.ts';
import { retryStep } from '../../shared/usecases/operator/retry-step.ts';
import { skipStep } from '../../shared/usecases/operator/skip-step.ts';
import { type OrderSpec, orderEndpoint } from './order.ts';

export const runOrders: Route = {
  access: 'operator',
  methods: {},
  actions: {
    approve: ordered('Let a run act that waits for approval', reasonedSchema, approveRun),
    reject: ordered('Do not let it act', reasonedSchema, rejectRun),
    pause: ordered('Stop a run where it is', maybeReasonedSchema, pauseRun),
    resume: ordered('Let a paused run go on', maybeReasonedSchema, resumeRun),
    retry: ordered('Begin the current step anew', reasonedSchema, retryStep),
    skip: ordered('Leave the current step out', reasonedSchema, skipStep),
    abort: ordered('End a run and undo what it can undo', reasonedSchema, abortRun),
  } satisfies Record<RunCommand, Endpoint>,
};

function ordered<Body>(
  summary: string,
  schema: OrderSpec<Body, RunOrder>['schema'],
  carryOut: OrderSpec<Body, RunOrder>['carryOut'],
): Endpoint {
  return orderEndpoint({ summary, schema, target: withRun, carryOut });
}

function withRun({ request }: Call, order: CommandOrder): RunOrder {
  const run = request.params.run ?? '';
  if (!/^[1-9]\d{0,3}$/.test(run)) throw new Refused('not-found', 'There is no run of this number.');
  return { ...order, run: Number(run) };
}
