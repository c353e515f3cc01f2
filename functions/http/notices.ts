// GET /api/notices: all that Azure told, newest first, and what became of it; maintenance and advisories too (C4).
import type { HttpResponseInit } from '@azure/functions';
import { core } from '../../shared/compose.ts';
import { InvalidInput } from '../../shared/domain/errors.ts';
import { readBy } from '../../shared/domain/faults.ts';
import { noticeQuerySchema } from '../../shared/domain/signals/azure/notice-query.ts';
import { nextLinkOf } from '../../shared/http/next-link.ts';
import type { Call, Route } from '../../shared/http/route.ts';

export const notices: Route = {
  access: 'operator',
  methods: { GET: { summary: 'List what Azure told, newest first', handle: list } },
};

/** A page of what is active holds fewer than asked for where others stand between. */
async function list({ request }: Call): Promise<HttpResponseInit> {
  const query = readBy(noticeQuerySchema, Object.fromEntries(request.query.entries()));
  if (!query.ok)
    throw new InvalidInput('bad-request', 'The query has parameters that are wrong or not known.', query.faults);
  const { since, active, pageSize, continuation } = query.value;
  const filter = since === undefined ? {} : { since: new Date(since).toISOString() };
  const page = await core().notices.list(filter, pageSize, continuation);
  const value = active === 'true' ? page.notices.filter(({ phase }) => phase === 'active') : page.notices;
  return { status: 200, jsonBody: { value, ...nextLinkOf(request.url, page.continuation) } };
}
