// Open incidents of jobs whose success was not reported, or whose report was lost: the poll reports it. The list of incidents is asked by
// class, so a workspace with thousands of jobs costs no more than what is open.

import { hashOf, isTicketId, signalIdOf } from '../../domain/ids.ts';
import { isTakenByHuman, takesJoins } from '../../domain/incidents/incident.ts';
import { isMadeGoodBy, takenBackBySuccess } from '../../domain/jobs/made-good.ts';
import type { RunSummary } from '../../domain/jobs/run.ts';
import type { RunCount } from '../../domain/jobs/success-rate.ts';
import type { OtherComponentSignal } from '../../domain/signals/signal.ts';
import type { IncidentFile, IncidentIndex, IncidentStore } from '../../ports/incident-store.ts';
import { isActedFor } from '../take-back.ts';

interface Ports {
  readonly index: IncidentIndex;
  readonly incidents: IncidentStore;
}

const PAGE = 200;
/** Of each class; what is more has its turn once these are over. */
const MOST_PAGES = 5;

export interface RecoveredJob {
  readonly jobId: string;
  readonly id: OtherComponentSignal['id'];
  readonly runId: string;
}

export async function* recoveredJobs(
  ports: Ports,
  workspace: string,
  jobs: ReadonlyMap<string, RunCount>,
): AsyncGenerator<RecoveredJob> {
  for await (const file of openIncidents(ports, `job/${workspace}/`)) {
    const { incident } = file;
    const { id: jobId } = incident.component;
    const run = successOf(jobs.get(jobId));
    // A run of ours that acts for it finds out by itself, and a person who has taken it says so.
    if (!run || isActedFor(file) || isTakenByHuman(incident) || !isMadeGoodBy(incident, run)) continue;
    // Where the report could not be judged, which is on the timeline, the next one is another.
    const key = `poll|success|${incident.id}|${incident.lastEventSeq}|${run.runId}|${run.end?.at ?? ''}`;
    yield { jobId, id: signalIdOf(hashOf(key)), runId: run.runId };
  }
}

/** The newest success, unless a run that began later has failed. */
function successOf(count: RunCount | undefined): RunSummary | undefined {
  const { newestSucceeded: good, newestFailed: bad } = count ?? {};
  return good && bad && bad.startedAt > good.startedAt ? undefined : good;
}

async function* openIncidents({ index, incidents }: Ports, subjects: string): AsyncGenerator<IncidentFile> {
  for (const failureClass of takenBackBySuccess) {
    let continuation: string | undefined;
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const page = await index.list({ open: true, failureClass }, PAGE, continuation);
      for (const { id, subject } of page.incidents) {
        const file = subject.startsWith(subjects) && isTicketId(id) ? await incidents.load(id) : undefined;
        if (file && takesJoins(file.incident.state)) yield file;
      }
      continuation = page.continuation;
      if (continuation === undefined) break;
    }
  }
}
