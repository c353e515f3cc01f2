// Follows one incident and prints its timeline line by line, each with the time and the seconds since it all began.
import { readIncident, type TimelineEvent, ticketOfSignal } from './app.ts';
import { notWell, overWell, type Scene, type Verdict } from './scenario.ts';
import { readCluster } from './workspace.ts';

const LOOK_AGAIN_MS = 200;
const SILENCE_SAID_AFTER = 5;
/** What a recovery may take on top of the simulators' own times. */
const PATIENCE_MS = 60_000;
/** Real minutes of a restart, its verification and one more try. */
const REAL_RECOVERY_MS = 900_000;

/** States in which nobody but a person goes on. */
const ENDED_BADLY = new Set(['escalated', 'suppressed']);
const RESOLVED = new Set(['resolved', 'closed']);

export function deadlineOf({ stack, forMs }: Scene): number {
  return Date.now() + PATIENCE_MS + forMs + REAL_RECOVERY_MS / stack.timeScale;
}

/** The ticket of a signal whose sender got no ticket at once; null if it opened none. */
export async function awaitTicket(scene: Scene, location: string, deadline: number): Promise<string | null> {
  for (;;) {
    const ticket = await ticketOfSignal(scene.stack, location);
    if (ticket !== undefined) return ticket;
    if (Date.now() > deadline) throw new Error(`nobody says what became of the signal: ${location}`);
    await pause();
  }
}

export interface Following {
  readonly ticketId: string;
  readonly clusterId: string;
  /** Of what is no cluster: why the simulator says that it is not well, or undefined. */
  readonly proof?: () => Promise<string | undefined>;
  /** Its last event that has been printed before. */
  readonly after?: number;
  /** Instant of the crash, in milliseconds since 1970. */
  readonly since: number;
  readonly deadline: number;
  /** Told of each new event, after it was printed. */
  readonly onEvent?: (event: TimelineEvent) => void;
}

/** Until the incident is resolved and the cluster runs, or nobody goes on, or the deadline passes. */
export async function followIncident(scene: Scene, following: Following): Promise<Verdict> {
  const { ticketId, since, deadline, after = 0 } = following;
  let lastSeq = after;
  let silences = 0;
  while (Date.now() < deadline) {
    const incident = await readIncident(scene.stack, ticketId);
    silences = incident ? 0 : silences + 1;
    if (silences === SILENCE_SAID_AFTER) scene.say(line(Date.now(), since, 'silence', 'the app does not tell'));
    for (const event of incident?.timeline ?? []) {
      if (event.seq <= lastSeq) continue;
      lastSeq = event.seq;
      scene.say(line(Date.parse(event.at), since, event.type, event.text));
      following.onEvent?.(event);
    }
    if (incident && RESOLVED.has(incident.state)) return clusterVerdict(scene, following);
    if (incident && ENDED_BADLY.has(incident.state))
      return notWell(`${ticketId} is ${incident.state}: it waits for a human`);
    await pause();
  }
  return notWell(`${ticketId} is not resolved in time`);
}

async function clusterVerdict({ stack }: Scene, { clusterId, ticketId, since, proof }: Following): Promise<Verdict> {
  const seconds = ((Date.now() - since) / 1000).toFixed(1);
  if (proof) {
    const because = await proof();
    if (because !== undefined) return notWell(`${ticketId} is resolved, but ${because}`);
    return overWell(`${ticketId} is resolved ${seconds} s after it began, and the simulator says that all is well`);
  }
  const { state, cluster_name } = await readCluster(stack, clusterId);
  if (state !== 'RUNNING')
    return notWell(`${ticketId} is resolved, but the workspace says that ${clusterId} is ${state}`);
  return overWell(
    `${ticketId} is resolved ${seconds} s after the crash, and the workspace says that ${cluster_name} is RUNNING`,
  );
}

/** `  +  3.2 s  14:02:11.512  run-started   Restarting the cluster` */
export function line(at: number, since: number, type: string, text: string): string {
  const seconds = ((at - since) / 1000).toFixed(1).padStart(6);
  const clock = new Date(at).toISOString().slice(11, 23);
  return `  +${seconds} s  ${clock}  ${type.padEnd(TYPE_WIDTH)}  ${text}`;
}

const TYPE_WIDTH = 20;

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
}
