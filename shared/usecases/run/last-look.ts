// The last moment before a call that acts is sent: is it still wanted? Between the intent and the call lie a budget, a turn, a token
// and other tries, in which a person may have ended the run, or somebody else may have decided that it did not happen.
import { Unavailable } from '../../domain/errors.ts';
import { gateReasons } from '../../domain/playbooks/gate.ts';
import type { Run } from '../../domain/runbooks/run.ts';
import type { IncidentFile } from '../../ports/incident-store.ts';
import { considerGate } from '../gate/ask.ts';
import { runIdOf } from '../gate/count-run.ts';
import { isWithinLease } from './pace.ts';
import type { RunPorts } from './ports.ts';
import { type Position, positionOf } from './position.ts';

/** Why the attempt of this position must not be acted on any more; undefined when nothing has changed. */
export async function whyNotNow(ports: RunPorts, position: Position): Promise<string | undefined> {
  try {
    const file = await ports.incidents.load(position.file.incident.id);
    const run = file && sameRun(file, position);
    if (!run) return 'it was not sent: the run has been moved on';
    const question = { incident: file.incident, runId: runIdOf(file.incident.id, run.number), run };
    const { gate, because } = await considerGate(ports, question);
    if (gate !== 'open') return `it was not sent: ${gateReasons[because]}`;
    // After the reads: whatever they waited for has passed by now.
    const inTime = isWithinLease(ports.clock, position.attempt?.until ?? '');
    return inTime ? undefined : 'it was not sent: it was held up for too long';
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return `it was not sent: whether it is still wanted could not be asked (${error.message})`;
  }
}

/** The run as it is now; undefined when it was moved on, our attempt was judged, or another one was begun since. */
function sameRun(file: IncidentFile, { run, attempt }: Position): Run | undefined {
  const now = file.runs.find(({ number }) => number === run.number);
  if (now?.revision !== run.revision) return undefined;
  const newest = positionOf(file, now).attempt;
  return newest?.number === attempt?.number && newest?.outcome === undefined ? now : undefined;
}
