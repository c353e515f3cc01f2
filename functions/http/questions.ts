// GET /api/questions/failures-by-type and /failure-rate: what is asked about many incidents at once (D5), read from counts.
import type { HttpResponseInit } from '@azure/functions';
import { core } from '../../shared/compose.ts';
import { InvalidInput } from '../../shared/domain/errors.ts';
import { readBy } from '../../shared/domain/faults.ts';
import { failureQuestionSchema } from '../../shared/domain/reports/failure-counts.ts';
import type { Call, Route } from '../../shared/http/route.ts';
import { countFailuresByType, countFailuresPerHour, type FailurePorts } from '../../shared/usecases/count-failures.ts';

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

function answered(count: (ports: FailurePorts, hours: number) => Promise<object>) {
  return async ({ request }: Call): Promise<HttpResponseInit> => {
    const query = readBy(failureQuestionSchema, Object.fromEntries(request.query.entries()));
    if (!query.ok)
      throw new InvalidInput('bad-request', 'The query has parameters that are wrong or not known.', query.faults);
    return { status: 200, jsonBody: await count(core(), query.value.hours) };
  };
}
