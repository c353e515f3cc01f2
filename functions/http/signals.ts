// GET /api/signals/{id}: what became of a signal, and why (A6, C9).
import type { HttpResponseInit } from '@azure/functions';
import { core } from '../../shared/compose.ts';
import { Refused } from '../../shared/domain/errors.ts';
import { isSignalId } from '../../shared/domain/ids.ts';
import type { Call, Route } from '../../shared/http/route.ts';

export const signals: Route = {
  access: 'operator',
  methods: { GET: { summary: 'What became of a signal', handle } },
};

async function handle({ request }: Call): Promise<HttpResponseInit> {
  const id = request.params.id ?? '';
  const { signals: store } = core();
  const outcome = isSignalId(id) ? await store.get(id) : undefined;
  if (!outcome) {
    throw new Refused(
      'not-found',
      'No signal of this id has been handled yet. One that was just accepted shows here as soon as it is.',
    );
  }
  return { status: 200, jsonBody: outcome };
}
