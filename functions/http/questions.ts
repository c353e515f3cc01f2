// GET /api/questions/...: what is asked about many incidents at once (D5) and about success rates (B2), read from counts.
import type { HttpResponseInit } from '@azure/functions';
import { core } from '../../shared/compose.ts';
import { InvalidInput } from '../../shared/domain/errors.ts';
import { readBy } from '../../shared/domain/faults.ts';
import { failureQuestionSchema } from '../../shared/domain/reports/failure-counts.ts';
import { jobSuccessQuestionSchema } from '../../shared/domain/reports/job-success.ts';
import type { Call, Route } from '../../shared/http/route.ts';
import { countFailuresByType, countFailuresPerHour, type FailurePorts } from '../../shared/usecases/count-failures.ts';
import { showJobSuccess } from '../../shared/usecases/show-job-success.ts';

export const failuresByType: Route = {
  access: 'operator',
  methods: {
    GET: {
      summary: 'Failures of the last hours by error type, with their average time to resolution',
      handle: answered(countFailuresByType),
    },
  },
};

export const failureRate: Route = {
  access: 'operator',
  methods: { GET: { summary: 'Failures per hour', handle: answered(countFailuresPerHour) } },
};

export const jobSuccess: Route = {
  access: 'operator',
  methods: {
    GET: {
      summary: 'Success rate of a job, or of all jobs of a workspace, over the last hours',
      handle: async ({ request }) => ({
        status: 200,
        jsonBody: await showJobSuccess(core(), queryOf(request, jobSuccessQuestionSchema)),
      }),
    },
  },
};

function answered(count: (ports: FailurePorts, hours: number) => Promise<object>) {
  return async ({ request }: Call): Promise<HttpResponseInit> => {
    const { hours } = queryOf(request, failureQuestionSchema);
    return { status: 200, jsonBody: await count(core(), hours) };
  };
}

function queryOf<Query>(request: Call['request'], schema: Parameters<typeof readBy<Query>>[0]): Query {
  const query = readBy(schema, Object.fromEntries(request.query.entries()));
  if (query.ok) return query.value;
  throw new InvalidInput('bad-request', 'The query has parameters that are wrong or not known.', query.faults);
}
