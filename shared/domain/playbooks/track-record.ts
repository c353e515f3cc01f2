// What a playbook has done for a component, and what that says about its autonomy (E8). Proposes only: a person sets it, in the estate.
import { takesJoins } from '../incidents/incident.ts';
import type { IncidentRecords } from '../incidents/report.ts';
import { didNothing, hasTried } from '../runbooks/run.ts';
import type { Autonomy } from './gate.ts';

export interface TrackEntry {
  readonly ticketId: string;
  readonly openedAt: string;
  /** `shadowed`: decided and recorded, nothing was done. `open`: not over yet, or over without a remedy of ours, e.g. because nobody approved one. */
  readonly result: 'succeeded' | 'failed' | 'shadowed' | 'open';
  /** What was decided, in the words of its opening. */
  readonly decided: string;
  /** What happened in the end. */
  readonly happened: string;
}

export interface Proposal {
  readonly to: Autonomy;
  readonly because: string;
}

const SHADOWED: ReadonlySet<string> = new Set(['autonomy-shadow', 'unlisted-shadow', 'remediation-disabled']);
/** So many verified successes in a row before it may go on without asking. */
const PROMOTION_SUCCESSES = 5;
/** So many decisions in shadow before people may be asked instead. */
const SHADOW_DECISIONS = 3;
/** So many failures among the last ones before it has to ask again. */
const DEMOTION = { failures: 2, among: 5 } as const;

export function entryOf(records: IncidentRecords): TrackEntry {
  const { id, openedAt, opening } = records.incident;
  const gate = opening.decisions.find(({ stage }) => stage === 'gate');
  const result = gate !== undefined && SHADOWED.has(gate.because) ? 'shadowed' : resultOf(records);
  return { ticketId: id, openedAt, result, decided: opening.message, happened: happenedTo(records) };
}

/** By the last run; what was not tried, or got well without us, speaks neither for a remedy nor against it. */
function resultOf({ runs, steps, attempts }: IncidentRecords): TrackEntry['result'] {
  const last = runs.at(-1);
  if (last?.state.name === 'succeeded')
    return attempts.some((each) => each.run === last.number && !didNothing(each)) ? 'succeeded' : 'open';
  if (last?.state.name !== 'failed' && last?.state.name !== 'paused') return 'open';
  return hasTried({ steps, attempts }, last) ? 'failed' : 'open';
}

function happenedTo(records: IncidentRecords): string {
  const { state, resolvedAt, component } = records.incident;
  if (takesJoins(state)) return `it is ${state}`;
  const when = resolvedAt === undefined ? '' : ` at ${resolvedAt}`;
  const how = resultOf(records) === 'succeeded' ? 'repaired and verified' : 'over without a remedy of ours';
  return `the ${component.kind} was ${how}${when}`;
}

/** Newest first; undefined: leave it as it is. */
export function proposalFor(autonomy: Autonomy, entries: readonly TrackEntry[]): Proposal | undefined {
  const acted = entries.filter(({ result }) => result === 'succeeded' || result === 'failed');
  const recent = acted.slice(0, DEMOTION.among);
  const failures = recent.filter(({ result }) => result === 'failed').length;
  if (failures >= DEMOTION.failures && autonomy !== 'shadow') {
    const to = autonomy === 'auto' ? 'approve' : 'shadow';
    return { to, because: `${failures} of its last ${recent.length} remedies failed` };
  }
  const shadowed = entries.filter(({ result }) => result === 'shadowed').length;
  if (autonomy === 'shadow' && shadowed >= SHADOW_DECISIONS) {
    return { to: 'approve', because: `${shadowed} decisions in shadow stand beside what happened: compare them` };
  }
  const streak = acted.findIndex(({ result }) => result === 'failed');
  const successes = streak === -1 ? acted.length : streak;
  if (autonomy === 'approve' && successes >= PROMOTION_SUCCESSES) {
    return { to: 'auto', because: `its last ${successes} remedies were approved, done and verified` };
  }
  return undefined;
}
