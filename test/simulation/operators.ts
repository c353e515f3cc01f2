// What operators order in one schedule: any command, on any incident, at any time. What the state does not allow is refused, and that is fine.
import { isSignalId, type TicketId } from '../../shared/domain/ids.ts';
import { abortRun } from '../../shared/usecases/operator/abort-run.ts';
import { acknowledgeIncident } from '../../shared/usecases/operator/acknowledge-incident.ts';
import { approveRun } from '../../shared/usecases/operator/approve-run.ts';
import { closeIncident } from '../../shared/usecases/operator/close-incident.ts';
import type { CommandPorts, RunOrder } from '../../shared/usecases/operator/command.ts';
import { commentIncident } from '../../shared/usecases/operator/comment-incident.ts';
import { pauseRun } from '../../shared/usecases/operator/pause-run.ts';
import { rejectRun } from '../../shared/usecases/operator/reject-run.ts';
import { releaseIncident } from '../../shared/usecases/operator/release-incident.ts';
import { reopenIncident } from '../../shared/usecases/operator/reopen-incident.ts';
import { resolveIncident } from '../../shared/usecases/operator/resolve-incident.ts';
import { resumeRun } from '../../shared/usecases/operator/resume-run.ts';
import { retryStep } from '../../shared/usecases/operator/retry-step.ts';
import { skipStep } from '../../shared/usecases/operator/skip-step.ts';
import { splitIncident } from '../../shared/usecases/operator/split-incident.ts';
import type { House } from '../builders/house.ts';
import type { Random } from './random.ts';

const because = { reason: 'the simulation says so' };

type Command = (ports: CommandPorts, order: RunOrder) => Promise<unknown>;

const commands: Readonly<Record<string, Command>> = {
  acknowledge: (ports, order) => acknowledgeIncident(ports, order, because),
  release: (ports, order) => releaseIncident(ports, order, because),
  comment: (ports, order) => commentIncident(ports, order, { text: because.reason }),
  resolve: (ports, order) => resolveIncident(ports, order, because),
  close: (ports, order) => closeIncident(ports, order, because),
  reopen: (ports, order) => reopenIncident(ports, order, because),
  approve: (ports, order) => approveRun(ports, order, because),
  reject: (ports, order) => rejectRun(ports, order, because),
  pause: (ports, order) => pauseRun(ports, order, because),
  resume: (ports, order) => resumeRun(ports, order, because),
  retry: (ports, order) => retryStep(ports, order, because),
  skip: (ports, order) => skipStep(ports, order, because),
  abort: (ports, order) => abortRun(ports, order, because),
  split: splitAny,
};

/** The newest report that joined, if there is one. */
async function splitAny(ports: CommandPorts, order: RunOrder): Promise<unknown> {
  const joined = (await ports.incidents.timeline(order.incidentId)).filter(({ type }) => type === 'signal-joined');
  const signalId = joined.at(-1)?.data?.signalId;
  if (typeof signalId !== 'string' || !isSignalId(signalId)) return undefined;
  return await splitIncident(ports, order, { ...because, signalId });
}

/** One person with one order. The same key again is the same order. */
export interface PersonsOrder {
  readonly who: string;
  readonly what: string;
  readonly incidentId: TicketId;
  carryOut(): Promise<unknown>;
}

export function anyOrder(house: House, random: Random, number: number): PersonsOrder | undefined {
  const incidentId = random.pick(house.ports.incidents.ids);
  const what = random.pick(Object.keys(commands));
  return incidentId === undefined || what === undefined ? undefined : orderOf(house, what, incidentId, number);
}

export function orderOf(house: House, what: string, ticket: string, number: number): PersonsOrder | undefined {
  const partition = house.ports.incidents.peek(ticket);
  const command = commands[what];
  if (!partition || !command) return undefined;
  const who = `person-${number}`;
  const incidentId = partition.incident.id;
  const order: RunOrder = {
    incidentId,
    operator: { name: who, caller: 'simulation' },
    ifMatch: 'any',
    key: { id: `key-${number}`, fingerprint: what },
    run: partition.runs.size,
  };
  return { who, what, incidentId, carryOut: () => command(house.ports, order) };
}
