// What a person sees behind a link to decide by: the question, what became of it, or why there is none.
import type { HttpResponseInit } from '@azure/functions';
import { errorCodes, type FieldFault, LakewardenError } from '../../shared/domain/errors.ts';
import type { Approval, StepRecord } from '../../shared/domain/runbooks/run.ts';
import { Html, html, page } from '../../shared/http/html.ts';
import type { OpenDecision } from '../../shared/usecases/operator/decide-by-link.ts';
import type { FreshPlan } from '../../shared/usecases/run/fresh-plan.ts';

/** Enter in a field presses the form's first button, which must neither approve nor reject: a disabled one does nothing. */
const NOTHING_BY_ENTER = new Html('<button disabled hidden></button>');

export interface Given {
  /** The form as it was sent, to be shown again with what is wrong. */
  readonly fields: Readonly<Record<string, string>>;
  readonly faults: readonly FieldFault[];
}

export function questionPage(
  asked: OpenDecision,
  fresh: FreshPlan,
  { fields, faults }: Given = { fields: {}, faults: [] },
): HttpResponseInit {
  const { incident } = asked;
  const title = `${incident.id}: approve or reject`;
  const body = html`<h1>${title}</h1>
${faults.length === 0 ? '' : faultsPart(faults)}
${question(asked, fresh)}
<h2>Your decision</h2>
<form method="post">
${NOTHING_BY_ENTER}
<label for="name">Your name</label>
<input id="name" name="name" autocomplete="name" maxlength="100" required value="${fields.name ?? ''}">
<label for="reason">Why</label>
<textarea id="reason" name="reason" rows="3" maxlength="1000" required>
${fields.reason ?? ''}</textarea>
<button class="approve" name="decision" value="approve">Approve</button>
<button class="reject" name="decision" value="reject">Reject</button>
</form>
<p>It is put on record with your name. This link decides once; whoever has it can use it: do not pass it on.</p>`;
  return page(faults.length === 0 ? 200 : 422, title, body);
}

function faultsPart(faults: readonly FieldFault[]): Html {
  return html`<div class="fault" role="alert"><p>Nothing was decided yet:</p><ul>
${faults.map(({ pointer, detail }) => html`<li>${pointer.slice(1)} ${detail}</li>`)}
</ul></div>`;
}

function question({ incident, run, steps, because, expiresAt, role }: OpenDecision, fresh: FreshPlan): Html {
  const { component, failureClass, code, opening } = incident;
  return html`<p>${opening.message}</p>
<dl>
<dt>Component</dt><dd><bdi>${component.kind} ${component.name ?? component.id}</bdi> (<bdi>${component.id}</bdi>)</dd>
<dt>Workspace</dt><dd>${component.workspace ?? 'unknown'}</dd>
<dt>Failure</dt><dd>${failureClass} (${code})</dd>
<dt>What would be done, run ${run.number}</dt>
<dd><ol>
${steps.map(stepPart)}
</ol></dd>
<dt>As it stands now</dt><dd>${freshPart(fresh)}</dd>
<dt>Why you are asked</dt><dd>${because}. The question was sent to: ${role}.</dd>
<dt>Until</dt><dd>${timePart(expiresAt)}. Without an answer nothing is done.</dd>
</dl>`;
}

function stepPart({ title, params, maxAttempts }: StepRecord): Html {
  const { timeoutSeconds } = params;
  const within = typeof timeoutSeconds === 'number' ? html`, each within ${timeoutSeconds} s` : '';
  return html`<li>${title}: at most ${maxAttempts} attempt(s)${within}, then verified; if that fails, the next, or a person</li>`;
}

function freshPart(fresh: FreshPlan): Html {
  if (!fresh.read)
    return html`It could not be read: ${fresh.because}. What stands above was recorded when you were asked.`;
  const { at, title, now, would } = fresh;
  const plan = would === undefined ? html`${title} would do nothing now` : html`${title} would ${would}`;
  return html`${plan}: ${now} (read ${timePart(at)}).`;
}

function timePart(instant: string): Html {
  return html`<time datetime="${instant}">${instant.slice(0, 16).replace('T', ' ')} UTC</time>`;
}

export function decidedPage(incidentId: string, { decision, by, expiresAt }: Approval): HttpResponseInit {
  const title = `${incidentId}: ${decision}`;
  const next =
    decision === 'approved'
      ? html`Lakewarden goes on with it now, and tells you what came of it. It may act until ${timePart(expiresAt)}; every other rule still holds.`
      : html`Lakewarden does nothing about it: the incident is for a person now.`;
  return page(200, title, html`<h1>${title}</h1>\n<p>On record as decided by ${by}. ${next}</p>`);
}

/** `problem` has the status and headers that an answer of the API would have. */
export function refusedPage(problem: HttpResponseInit, error: unknown): HttpResponseInit {
  const known = error instanceof LakewardenError && error.code !== 'broken' ? error : undefined;
  const { title } = errorCodes[known?.code ?? 'broken'];
  const detail = known?.message ?? 'Something is wrong with Lakewarden itself. Nothing was decided by this answer.';
  const told = page(problem.status ?? 500, title, html`<h1>${title}</h1>\n<p role="alert">${detail}</p>`);
  return { ...told, headers: { ...problem.headers, ...told.headers } };
}
