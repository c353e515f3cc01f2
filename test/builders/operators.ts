// Operators for tests: orders as a door makes them, and ports that die at the n-th call.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'vitest';
import { isSignalId, isTicketId, type SignalId, type TicketId } from '../../shared/domain/ids.ts';
import { verifyChain } from '../../shared/domain/incidents/timeline.ts';
import { versionOf } from '../../shared/domain/incidents/version.ts';
import type { IncidentStore } from '../../shared/ports/incident-store.ts';
import type { CommandOrder, CommandPorts, RunOrder } from '../../shared/usecases/operator/command.ts';
import type { House } from './house.ts';

/** Calls to stores and bus that a dead writer no longer makes. */
const PORTS = ['incidents', 'index', 'guards', 'subjects', 'signals', 'tickets', 'gate', 'bus'] as const;

export function ticket(text: string | undefined): TicketId {
  if (text === undefined || !isTicketId(text)) throw new Error(`not a ticket: ${text}`);
  return text;
}

export function signal(text: string): SignalId {
  if (!isSignalId(text)) throw new Error(`not a signal: ${text}`);
  return text;
}

/** Ana orders it, whatever the incident is by now, unless told otherwise. */
export function order(house: House, change: Partial<CommandOrder> = {}): CommandOrder {
  const incidentId = ticket(house.ports.incidents.ids[0]);
  return { incidentId, operator: { name: 'ana', caller: 'api-key' }, ifMatch: 'any', ...change };
}

export function runOrder(house: House, change: Partial<RunOrder> = {}): RunOrder {
  return { ...order(house, change), run: change.run ?? 1 };
}

export async function versionNow(house: House, id?: string): Promise<string> {
  return versionOf(await house.file(id ?? house.ports.incidents.ids[0]));
}

export interface Doomed {
  readonly ports: CommandPorts;
  /** How many calls were made, and the last of them. */
  readonly calls: { count: number; last: string };
}

/** The same ports for one writer that dies at its `fatal`-th call, before or after the effect. */
export function doomed(house: House, fatal: number, moment: 'before' | 'after' = 'before'): Doomed {
  const calls = { count: 0, last: '' };
  const parts = PORTS.map((name) => [name, dying(house.ports[name], name, { calls, fatal, moment })]);
  return { ports: { ...house.ports, ...Object.fromEntries(parts) }, calls };
}

interface Fate {
  readonly calls: { count: number; last: string };
  readonly fatal: number;
  readonly moment: 'before' | 'after';
}

function dying<Port extends object>(port: Port, name: string, { calls, fatal, moment }: Fate): Port {
  return new Proxy(port, {
    get(target, member) {
      const method: unknown = Reflect.get(target, member, target);
      if (typeof method !== 'function') return method;
      return (...args: unknown[]) => {
        if (calls.count >= fatal) return new Promise(() => undefined);
        calls.count += 1;
        calls.last = `${moment} ${name}.${String(member)}`;
        const dies = calls.count === fatal;
        if (dies && moment === 'before') return new Promise(() => undefined);
        const result: unknown = Reflect.apply(method, target, args);
        return dies ? Promise.resolve(result).then(() => new Promise(() => undefined)) : result;
      };
    },
  });
}

/** Lets a writer go on until it is done or dead. */
export async function untilDoneOrDead(work: Promise<unknown>): Promise<'done' | 'dead'> {
  let done = false;
  work.then(
    () => {
      done = true;
    },
    () => {
      done = true;
    },
  );
  for (let turn = 0; turn < 60 && !done; turn += 1) await nextTurn();
  return done ? 'done' : 'dead';
}

/** The same ports, with something done before each call of the operator's. */
export function between(house: House, before: (call: string) => Promise<void>): House['ports'] {
  const wrap = <Port extends object>(name: string, port: Port): Port =>
    new Proxy(port, {
      get(target, member) {
        const method: unknown = Reflect.get(target, member, target);
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]) => {
          await before(`${name}.${String(member)}`);
          return await Reflect.apply(method, target, args);
        };
      },
    });
  const { incidents: store, subjects, guards, index, bus } = house.ports;
  return {
    ...house.ports,
    incidents: wrap('incidents', store),
    subjects: wrap('subjects', subjects),
    guards: wrap('guards', guards),
    index: wrap('index', index),
    bus: wrap('bus', bus),
  };
}

/** A second step behind the first, told apart by its attempts; `acted`: the run stands at it and it has acted. */
export async function withSecondStep(house: House, { acted = false } = {}): Promise<void> {
  const basis = await house.incident();
  const [step] = basis.steps;
  const [run] = basis.runs;
  const [attempt] = basis.attempts;
  if (!step || !run) throw new Error('no run');
  const params = { ...step.params, maxAttempts: acted ? 9 : 2 };
  await house.ports.incidents.commit({
    basis,
    incident: basis.incident,
    steps: [{ ...step, params, position: 2, ...(acted ? {} : { state: 'pending' }) }],
    ...(acted && attempt ? { runs: [{ ...run, position: 2 }], attempts: [{ ...attempt, position: 2 }] } : {}),
    events: [],
    at: house.clock.now().toISOString(),
  });
}

/** The same store with some of its methods replaced. */
export function replaced(inner: IncidentStore, methods: Partial<IncidentStore>): IncidentStore {
  return new Proxy(inner, {
    get: (target, member) => {
      if (Object.hasOwn(methods, member)) return Reflect.get(methods, member);
      const value: unknown = Reflect.get(target, member, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** The chain verifies, and nothing is left behind. */
export async function expectWhole(house: House, where = ''): Promise<void> {
  const { incident, outbox } = await house.incident();
  const timeline = await house.ports.incidents.timeline(incident.id);
  expect(verifyChain(incident.id, timeline).intact, where).toBe(true);
  expect(outbox, `${where}: nothing left in the outbox`).toEqual([]);
  expect(house.ports.guards.standing, `${where}: no guard stands`).toEqual([]);
  expect(house.errors, where).toEqual([]);
}
