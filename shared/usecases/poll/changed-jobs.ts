// A listed job against its last good definition (B3). What a person accepts, by ending the incident of that very change, becomes the last
// good one, as does what was changed in a maintenance window; what is taken back resolves its incident.
import { hashOf, type SignalId, signalIdOf } from '../../domain/ids.ts';
import type { Incident } from '../../domain/incidents/incident.ts';
import { jobFactsOf } from '../../domain/inventory/job-copy.ts';
import { differencesInWords, type GoodDefinition, goodDefinition } from '../../domain/jobs/job-definition.ts';
import type { ComponentEvent } from '../../domain/signals/component-events.ts';
import type { LastGood, LastGoodSummary } from '../../ports/inventory.ts';
import type { Workspace } from '../../ports/workspace.ts';
import type { ListedJob } from '../../ports/workspace-jobs.ts';
import { signalMessage } from '../accept-signal.ts';
import { isAccepted } from './accepted.ts';
import type { JobPollPorts } from './jobs.ts';

export interface JobPoll extends JobPollPorts {
  readonly workspace: Workspace;
}

interface Job {
  readonly id: string;
  readonly name: string;
}

interface Look extends Job {
  readonly listing: ListedJob;
  readonly good: LastGoodSummary | undefined;
  /** The incident that the job has now. */
  readonly open: Incident | undefined;
}

const LONGEST_TEXT = 2_000;

/** How many signals were sent. */
export async function compareDefinition(poll: JobPoll, look: Look): Promise<0 | 1> {
  const definition = look.listing.definition ?? (await poll.workspace.jobs.definition(look.id));
  if (!definition) return 0;
  const now = goodDefinition(definition);
  if (!look.good) return await keep(poll, look, now);
  const { asked } = jobFactsOf(look.good.facts);
  if (look.good.sha256 === now.sha256) return asked ? await asBefore(poll, look, now, asked.signalId) : 0;
  if (asked?.sha256 !== now.sha256) return await ask(poll, look, look.good, now);
  return (await isAccepted(poll, asked.signalId)) ? await keep(poll, look, now) : 0;
}

async function keep({ inventory, workspace, clock }: JobPoll, { id, name }: Job, now: GoodDefinition): Promise<0> {
  const seenAt = clock.now().toISOString();
  await inventory.keep({ workspace: workspace.name, kind: 'job', id, name, seenAt, ...now, facts: {} });
  return 0;
}

/** Another failure of the job comes first: its incident says nothing of the change, so ending it would accept nothing. */
async function ask(poll: JobPoll, look: Look, { seenAt }: LastGoodSummary, now: GoodDefinition): Promise<0 | 1> {
  if (look.open && look.open.failureClass !== 'DatabricksJobChanged') return 0;
  // The same change, taken back and made again, is another one: `seenAt` is newer then.
  const id = signalIdOf(hashOf(`poll|job.changed|${poll.workspace.name}|${look.id}|${now.sha256}|${seenAt}`));
  const good = await poll.inventory.lastGood({ workspace: poll.workspace.name, kind: 'job', id: look.id });
  if (!good) return await askWithoutCopy(poll, look, { id, seenAt, now });
  const sent = await tell(poll, look, { event: 'job.changed', id, text: textOf(good, now) });
  await poll.inventory.keep({ ...good, facts: { asked: { sha256: now.sha256, signalId: id } } });
  return sent;
}

interface Question {
  readonly id: SignalId;
  readonly seenAt: string;
  readonly now: GoodDefinition;
}

/** Its good copy is lost, e.g. to a lifecycle rule: that it has changed is known all the same, and what is accepted is kept again. */
async function askWithoutCopy(poll: JobPoll, look: Look, { id, seenAt, now }: Question): Promise<0 | 1> {
  if (await isAccepted(poll, id)) return await keep(poll, look, now);
  const text = `Changed since ${seenAt}. How it was then can no longer be read.`;
  return await tell(poll, look, { event: 'job.changed', id, text });
}

function textOf({ content, seenAt }: LastGood, now: GoodDefinition): string {
  const words = differencesInWords(content, now.content);
  return `Changed since ${seenAt}: ${words}`.slice(0, LONGEST_TEXT);
}

async function asBefore(poll: JobPoll, look: Look, now: GoodDefinition, askedBy: string): Promise<0 | 1> {
  const id = signalIdOf(hashOf(`poll|job.as_before|${askedBy}`));
  const sent = await tell(poll, look, { event: 'job.as_before', id });
  await keep(poll, look, now);
  return sent;
}

interface Finding {
  readonly event: ComponentEvent;
  readonly id: SignalId;
  readonly text?: string;
}

/** The same finding is sent once. */
export async function tell(poll: JobPoll, { id: componentId, name }: Job, finding: Finding): Promise<0 | 1> {
  const { id, ...told } = finding;
  if (await poll.signals.get(id)) return 0;
  await poll.bus.send([
    signalMessage({
      schemaVersion: 1,
      kind: 'job',
      id,
      source: 'poll',
      receivedAt: poll.clock.now().toISOString(),
      correlationId: id,
      rawSubject: `job/${componentId}`,
      workspace: poll.workspace.name,
      componentId,
      componentName: name.slice(0, 200),
      ...told,
    }),
  ]);
  return 1;
}
