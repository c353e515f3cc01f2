// Looks whether the jobs that the estate lists are there (B3): pages of the list only, and only where jobs are listed.
// Told once while its incident is open; and that it is back, where it was told as missing.
import type { Estate } from '../../domain/estate/estate.ts';
import { workspacesOf } from '../../domain/estate/lookup.ts';
import { hashOf, signalIdOf } from '../../domain/ids.ts';
import { takesJoins } from '../../domain/incidents/incident.ts';
import { subjectOf } from '../../domain/incidents/subject.ts';
import type { Workspace } from '../../ports/workspace.ts';
import { signalMessage } from '../accept-signal.ts';
import { currentIncident } from '../current-incident.ts';
import type { JobPollPorts } from './jobs.ts';
import type { Found } from './warehouses.ts';

interface ListedJob {
  readonly id: string;
  readonly name: string;
}

export async function pollListedJobs(
  ports: JobPollPorts,
  workspace: Workspace,
  goOn: () => Promise<void>,
): Promise<Found> {
  const listed = listedIn(ports.estate, workspace.name);
  if (listed.length === 0) return { failures: 0, sent: 0 };
  const present = new Set<string>();
  for await (const page of workspace.jobs.jobPages()) {
    for (const { jobId } of page) present.add(jobId);
    await goOn();
  }
  let sent = 0;
  for (const job of listed) sent += await compare(ports, workspace.name, job, present.has(job.id));
  return { failures: listed.filter(({ id }) => !present.has(id)).length, sent };
}

function listedIn(estate: Estate, name: string): readonly ListedJob[] {
  const found = workspacesOf(estate).find(({ workspace }) => workspace.name === name)?.workspace;
  return (found?.components ?? []).filter(({ kind }) => kind === 'job');
}

async function compare(
  ports: JobPollPorts,
  workspace: string,
  { id, name }: ListedJob,
  isPresent: boolean,
): Promise<0 | 1> {
  const { file } = await currentIncident(ports, subjectOf({ kind: 'job', workspace, id }));
  const open = file && takesJoins(file.incident.state) ? file.incident : undefined;
  const isToldMissing = open?.failureClass === 'DatabricksJobMissing';
  if (isPresent ? !isToldMissing : open !== undefined) return 0;
  const event = isPresent ? 'job.as_before' : 'job.missing';
  const signalId = signalIdOf(hashOf(`poll|${event}|${workspace}|${id}|${file?.incident.id ?? 'first'}`));
  if (await ports.signals.get(signalId)) return 0;
  await ports.bus.send([
    signalMessage({
      schemaVersion: 1,
      kind: 'job',
      id: signalId,
      source: 'poll',
      receivedAt: ports.clock.now().toISOString(),
      correlationId: signalId,
      rawSubject: `job/${id}`,
      workspace,
      event,
      componentId: id,
      componentName: name,
    }),
  ]);
  return 1;
}
