// /decide/{token}: a person decides about a run that waits for approval (E8). The token is the credential. GET never decides:
// chats fetch links for their previews.
import type { HttpResponseInit } from '@azure/functions';
import { core } from '../../shared/compose.ts';
import { Broken } from '../../shared/domain/errors.ts';
import { readBy } from '../../shared/domain/faults.ts';
import { linkDecisionSchema } from '../../shared/domain/incidents/operator.ts';
import { readForm } from '../../shared/http/read-form.ts';
import type { Call, Route } from '../../shared/http/route.ts';
import { decideByLink, lookAtDecision, mustBeLink } from '../../shared/usecases/operator/decide-by-link.ts';
import { freshPlan } from '../../shared/usecases/run/fresh-plan.ts';
import { decidedPage, type Given, questionPage, refusedPage } from './decide-page.ts';

/** A name and a reason, each letter of it escaped. */
const FORM_BYTES = 16_384;

export const decide: Route = {
  access: 'public',
  methods: {
    GET: { summary: 'What a person is asked to decide', handle: look },
    POST: { summary: 'Approve or reject, by the link of a message', handle: answer },
  },
  told: refusedPage,
};

async function look({ request }: Call): Promise<HttpResponseInit> {
  return await ask(request.params.token ?? '');
}

/** What stands on record, beside what would be done at this moment. */
async function ask(token: string, given?: Given): Promise<HttpResponseInit> {
  const asked = await lookAtDecision(core(), token);
  return questionPage(asked, await freshPlan(core(), asked.file, asked.run), given);
}

async function answer({ request }: Call): Promise<HttpResponseInit> {
  const token = request.params.token ?? '';
  // Nobody without a link makes us read a body.
  mustBeLink(core(), token);
  const fields = await readForm(request, FORM_BYTES);
  const form = readBy(linkDecisionSchema, fields);
  if (!form.ok) return await ask(token, { fields, faults: form.faults });
  const { records } = await decideByLink(core(), token, form.value);
  const approval = records.runs.at(-1)?.approval;
  if (!approval) throw new Broken('broken', `a decision about ${records.incident.id} left no approval`);
  return decidedPage(records.incident.id, approval);
}
