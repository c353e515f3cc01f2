// GET /health/live and /health/ready: alive says that the process answers; ready says whether it can do its work, and if not, why.
import type { HttpResponseInit } from '@azure/functions';
import { readiness, readinessNotes } from '../../shared/compose.ts';
import type { ErrorCode, FieldFault } from '../../shared/domain/errors.ts';
import { problem } from '../../shared/http/problem.ts';
import type { Call, Route } from '../../shared/http/route.ts';

export const live: Route = {
  access: 'public',
  methods: {
    GET: { summary: 'Does the process answer?', handle: async () => ({ status: 200, jsonBody: { status: 'live' } }) },
  },
};

export const ready: Route = {
  access: 'public',
  methods: { GET: { summary: 'Can it do its work?', handle: answer } },
};

async function answer({ correlationId }: Call): Promise<HttpResponseInit> {
  const faults = await readiness();
  if (faults.length === 0) return { status: 200, jsonBody: { status: 'ready', notes: readinessNotes() } };
  const detail = 'Lakewarden takes signals as far as it can, but does not work on them until this is repaired.';
  return problem(codeOf(faults), detail, { correlationId, fields: faults, headers: { 'retry-after': '30' } });
}

/** What is away has a name of its own; everything else is configuration. */
function codeOf(faults: readonly FieldFault[]): ErrorCode {
  if (faults.every(({ pointer }) => pointer === '/bus')) return 'bus-unavailable';
  return faults.every(({ pointer }) => pointer === '/bus' || pointer === '/store')
    ? 'store-unavailable'
    : 'not-configured';
}
