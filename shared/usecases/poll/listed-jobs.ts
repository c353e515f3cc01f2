// Looks whether the jobs that the estate lists are there and as they were (B3): pages of the list only, and only where jobs are listed.
// Told once while its incident is open, and never in a maintenance window; and that it is back, where it was told as missing.
import type { Estate } from '../../domain/estate/estate.ts';
import { workspacesOf } from '../../domain/estate/lookup.ts';
import { hashOf, signalIdOf } from '../../domain/ids.ts';
import { takesJoins } from '../../domain/incidents/incident.ts';
import { subjectOf } from '../../domain/incidents/subject.ts';
import type { LastGoodSummary } from '../../ports/inventory.ts';
import type { Workspace } from '../../ports/workspace.ts';
import type { ListedJob as JobInList } from '../../ports/workspace-jobs.ts';
import { currentIncident } from '../current-incident.ts';
import { compareDefinition, type JobPoll, tell } from './changed-jobs.ts';
import { isQuiet, type JobPollPorts } from './jobs.ts';
import { Refusals } from './refusals.ts';
import type { Found } from './warehouses.ts';

/** Compared before it is asked whether the poll may go on: most of them cost nothing. */
const JOBS_A_LOOK = 20;

interface ListedJob {
  readonly id: string;
  readonly name: string;
}

export async function pollListedJobs(
  ports: JobPollPorts,
  workspace: Workspace,
  goOn: () => Promise<void>,
): Promise<Found> {
  const poll: JobPoll = { ...ports, workspace };
  const listed = listedIn(ports.estate, workspace.name);
  if (listed.length === 0) return { failures: 0, sent: 0 };
  const present = await presentIn(workspace, new Set(listed.map(({ id }) => id)), goOn);
  const known = await knownIn(poll, listed);
  let sent = 0;
  const refusals = new Refusals();
  for (const [at, job] of listed.entries()) {
    const pair = { ...job, listing: present.get(job.id), good: known.get(job.id) };
    sent += (await refusals.past(async () => await compare(poll, pair))) ?? 0;
    if (at % JOBS_A_LOOK === 0) await goOn();
  }
  return { failures: listed.filter(({ id }) => !present.has(id)).length, sent, refused: refusals.told };
}

function listedIn(estate: Estate, name: string): readonly ListedJob[] {
  const found = workspacesOf(estate).find(({ workspace }) => workspace.name === name)?.workspace;
  return (found?.components ?? []).filter(({ kind }) => kind === 'job');
}

async function presentIn(
  { jobs }: Workspace,
  wanted: ReadonlySet<string>,
  goOn: () => Promise<void>,
): Promise<ReadonlyMap<string, JobInList>> {
  const present = new Map<string, JobInList>();
  for await (const page of jobs.jobPages()) {
    for (const job of page) if (wanted.has(job.jobId)) present.set(job.jobId, job);
    await goOn();
  }
  return present;
}

/** What the estate no longer lists is forgotten. */
async function knownIn(
  { inventory, workspace }: JobPoll,
  listed: readonly ListedJob[],
): Promise<ReadonlyMap<string, LastGoodSummary>> {
  const known = new Map<string, LastGoodSummary>();
  for await (const page of inventory.list(workspace.name, 'job')) for (const good of page) known.set(good.id, good);
  const unlisted = [...known.values()].filter(({ id }) => !listed.some((job) => job.id === id));
  for (const good of unlisted) await inventory.forget(good);
  return known;
}

interface Pair extends ListedJob {
  readonly listing: JobInList | undefined;
  readonly good: LastGoodSummary | undefined;
}

async function compare(poll: JobPoll, { listing, good, ...job }: Pair): Promise<0 | 1> {
  const { file } = await currentIncident(poll, subjectOf({ kind: 'job', workspace: poll.workspace.name, id: job.id }));
  const open = file && takesJoins(file.incident.state) ? file.incident : undefined;
  const isToldMissing = open?.failureClass === 'DatabricksJobMissing';
  if (listing && !isToldMissing) return await compareDefinition(poll, { ...job, listing, good, open });
  if (!listing && (open || isQuiet(poll, poll.workspace.name, job.id))) return 0;
  const event = listing ? 'job.as_before' : 'job.missing';
  const key = `poll|${event}|${poll.workspace.name}|${job.id}|${file?.incident.id ?? 'first'}`;
  return await tell(poll, job, { event, id: signalIdOf(hashOf(key)) });
}
