// GET /api/probes and /api/connectivity: what our own looks at the regions found (B4, B5).
import type { HttpResponseInit } from '@azure/functions';
import { core } from '../../shared/compose.ts';
import { InvalidInput } from '../../shared/domain/errors.ts';
import { readBy } from '../../shared/domain/faults.ts';
import { probesQuerySchema } from '../../shared/domain/probes/query.ts';
import type { Call, Route } from '../../shared/http/route.ts';
import { showConnectivity, showProbes } from '../../shared/usecases/probes/show-probes.ts';

export const probes: Route = {
  access: 'operator',
  methods: {
    GET: { summary: 'How each workspace answers our looks; with ?workspace= the looks themselves', handle: looks },
  },
};

export const connectivity: Route = {
  access: 'operator',
  methods: {
    GET: {
      summary:
        'Our way to each workspace, storage account and Front Door, layer by layer; peerings and circuits by their state',
      handle: ways,
    },
  },
};

async function looks({ request }: Call): Promise<HttpResponseInit> {
  const query = readBy(probesQuerySchema, Object.fromEntries(request.query.entries()));
  if (!query.ok)
    throw new InvalidInput('bad-request', 'The query has parameters that are wrong or not known.', query.faults);
  return { status: 200, jsonBody: { value: await showProbes(core(), query.value) } };
}

async function ways(): Promise<HttpResponseInit> {
  return { status: 200, jsonBody: { value: await showConnectivity(core()) } };
}
