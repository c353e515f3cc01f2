// GET /api/sources: how fresh each source is, what is wrong with it, and what pull found that push had missed (A9).
import type { HttpResponseInit } from '@azure/functions';
import { core } from '../../shared/compose.ts';
import type { Route } from '../../shared/http/route.ts';
import { showSources } from '../../shared/usecases/show-sources.ts';

export const sources: Route = {
  access: 'operator',
  methods: { GET: { summary: 'How fresh each source is', handle: show } },
};

async function show(): Promise<HttpResponseInit> {
  return { status: 200, jsonBody: { value: await showSources(core()) } };
}
