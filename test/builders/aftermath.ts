// What must hold of the rows in Table Storage while processes are killed, and once everything has come to rest. Each check answers with
// all that is wrong, in words, so that a failed round tells the whole story at once.
import { findBreak } from '../../cli/verify-timeline.ts';
import type { Glance, KeptGuard, KeptIncident, KeptState } from './kept-state.ts';

const GUARD_LIMIT_MS = 2 * 60_000;
const OVER = new Set(['resolved', 'closed']);
const ENDED = new Set(['succeeded', 'failed', 'aborted']);

/** Invariants 2 and 5, at any time. */
export function wrongAtAnyTime({ incidents, runs }: Glance): string[] {
  const open = Map.groupBy(
    incidents.filter(({ state }) => !OVER.has(state)),
    ({ subject }) => subject,
  );
  const twice = [...open].filter(([, all]) => all.length > 1);
  return [
    ...twice.map(([subject, all]) => `${subject} has ${all.map(({ id }) => id).join(' and ')} open`),
    ...runs.filter(isForgotten).map(({ name, state }) => `${name} is ${state}, without a due time`),
  ];
}

/** A paused run waits for a person, who has been called. */
function isForgotten({ state, dueAt }: { readonly state: string; readonly dueAt: string | undefined }): boolean {
  return !ENDED.has(state) && state !== 'paused' && dueAt === undefined;
}

export function wrongGuards(guards: readonly KeptGuard[], now: number): string[] {
  return guards
    .filter(({ since }) => !(now - Date.parse(since) <= GUARD_LIMIT_MS))
    .map(({ key, since }) => `guard ${key} stands since ${since}`);
}

export function wrongAtRest(state: KeptState): string[] {
  const glance = { incidents: state.incidents.map(({ incident }) => incident), runs: state.incidents.flatMap(runsOf) };
  return [
    ...wrongAtAnyTime(glance),
    ...state.incidents.flatMap((one) => wrongIncident(one, state.live)),
    ...overlaps(state.incidents),
  ];
}

function runsOf({ incident, runs }: KeptIncident): Glance['runs'] {
  return runs.map(({ number, state, dueAt }) => ({ name: `${incident.id} run ${number}`, state: state.name, dueAt }));
}

function wrongIncident(
  { incident, runs, timeline, signals, outbox, attempts }: KeptIncident,
  live: KeptState['live'],
): string[] {
  const { id, state, signalCount } = incident;
  const unended = runs.filter((run) => !ENDED.has(run.state.name));
  const unknown = attempts.filter(({ outcome }) => outcome === undefined);
  return [
    ...wrongChain({ incident, timeline }),
    ...(signals.length === signalCount ? [] : [`${id} counts ${signalCount} reports and holds ${signals.length}`]),
    ...(OVER.has(state) ? [] : [`${id} is ${state}`]),
    ...(state === 'closed' || live.has(id) ? [] : [`${id} is ${state}, and nobody watches it: it has no live row`]),
    ...(state === 'resolved' && live.get(id) === undefined ? [`${id} is resolved, and never closes`] : []),
    ...unended.map(({ number, state: { name } }) => `${id} run ${number} is ${name}`),
    ...unknown.map(({ number }) => `${id}: nobody knows what became of attempt ${number}`),
    ...outbox.map((message) => `${id} never handed over ${message}`),
  ];
}

/** Invariant 7. */
export function wrongChain({ incident, timeline }: Pick<KeptIncident, 'incident' | 'timeline'>): string[] {
  const broken = findBreak({ ...incident, timeline });
  return broken === undefined ? [] : [`${incident.id}: ${broken}`];
}

/** One after the other: none of a subject opens before the one before it is over. */
function overlaps(incidents: readonly KeptIncident[]): string[] {
  const bySubject = Map.groupBy(incidents, ({ incident }) => incident.subject);
  return [...bySubject.values()].flatMap((all) => {
    const inOrder = all.map(({ incident }) => incident).toSorted((a, b) => (a.openedAt < b.openedAt ? -1 : 1));
    return inOrder.slice(1).flatMap((next, index) => {
      const before = inOrder[index];
      if (
        before?.resolvedAt !== undefined &&
        before.resolvedAt <= next.openedAt &&
        next.previousIncidentId === before.id
      )
        return [];
      return [`${next.id} of ${next.subject} does not follow ${before?.id}`];
    });
  });
}
