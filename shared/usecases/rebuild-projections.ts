// Rebuilds what can be rebuilt from the partitions: the lists of incidents, their counts, the open ones, and what became of signals.
// Rule kept here: it may run beside everything else. Nothing newer is ever overwritten, memory is bounded by a page, and an incident
// that cannot be read keeps no other from being rebuilt.
import { Broken } from '../domain/errors.ts';
import type { Incident } from '../domain/incidents/incident.ts';
import type { SignalOutcome } from '../domain/signals/outcome.ts';
import type { IncidentIndex, IncidentStore, UnreadableIncident } from '../ports/incident-store.ts';
import type { SignalStore } from '../ports/signal-store.ts';

/** Writes under way at the same time. */
const AT_ONCE = 16;

export interface RebuildPorts {
  readonly incidents: IncidentStore;
  readonly index: IncidentIndex;
  readonly signals: SignalStore;
}

export interface Rebuilt {
  readonly incidents: number;
  readonly signals: number;
  /** What could not be read, in words that name it. */
  readonly unreadable: readonly string[];
}

/** `onProgress` is called after each incident. */
export async function rebuildProjections(
  ports: RebuildPorts,
  onProgress: (rebuilt: Rebuilt) => void = () => undefined,
): Promise<Rebuilt> {
  let rebuilt: Rebuilt = { incidents: 0, signals: 0, unreadable: [] };
  for await (const incident of ports.incidents.all()) {
    const one = await rebuildOrSay(ports, incident);
    rebuilt =
      'unreadable' in one
        ? { ...rebuilt, unreadable: [...rebuilt.unreadable, `${one.id}: ${one.unreadable}`] }
        : { ...rebuilt, incidents: rebuilt.incidents + 1, signals: rebuilt.signals + one.signals };
    onProgress(rebuilt);
  }
  await ports.index.recount();
  return rebuilt;
}

async function rebuildOrSay(
  ports: RebuildPorts,
  incident: Incident | UnreadableIncident,
): Promise<{ readonly signals: number } | UnreadableIncident> {
  if ('unreadable' in incident) return incident;
  try {
    return { signals: await rebuildOne(ports, incident) };
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return { id: incident.id, unreadable: error.message };
  }
}

async function rebuildOne({ incidents, index, signals }: RebuildPorts, { id }: Incident): Promise<number> {
  // Read again: the page may be minutes old, and a refresh has to be of what is there now.
  const file = await incidents.load(id);
  if (file) await index.refresh(file.incident);
  let count = 0;
  for await (const outcomes of batches(incidents.outcomes(id))) {
    await Promise.all(outcomes.map((outcome) => record(signals, outcome)));
    count += outcomes.length;
  }
  return count;
}

/** A signal that was split off later has two outcomes: the newer one counts. */
async function record(signals: SignalStore, outcome: SignalOutcome): Promise<void> {
  const known = await signals.get(outcome.signalId);
  if (known === undefined || known.decidedAt < outcome.decidedAt) await signals.record(outcome);
}

async function* batches<T>(items: AsyncIterable<T>): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
