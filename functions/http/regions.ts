// GET /api/regions: how each region of the estate stands, what every witness says, and what an outage holds back (C5, C6).
import type { HttpResponseInit } from '@azure/functions';
import { core } from '../../shared/compose.ts';
import type { Route } from '../../shared/http/route.ts';
import { showRegions } from '../../shared/usecases/regions/show-regions.ts';

export const regions: Route = {
  access: 'operator',
  methods: { GET: { summary: 'How each region stands, and by which witnesses', handle: show } },
};

async function show(): Promise<HttpResponseInit> {
  return { status: 200, jsonBody: { value: await showRegions(core()) } };
}
