// From a failing schedule to the fewest faults with which it still fails, by playing it again without some of them; and the words in which that is told.
import type { InvariantName } from './book.ts';
import type { FaultKind, Without } from './faults.ts';
import { type Outcome, runSchedule, type ScheduleOptions } from './schedule.ts';

const TRACE_LINES = 60;

export interface Shrunk {
  readonly without: Without;
  readonly outcome: Outcome;
}

export async function shrink(seed: number, options: ScheduleOptions = {}): Promise<Shrunk> {
  const first = await runSchedule(seed, options);
  const [violation] = first.violations;
  if (!violation) return { without: options.without ?? {}, outcome: first };
  const fails = async (without: Without) => await failsLike(violation.invariant, seed, { ...options, without });
  let kinds: readonly FaultKind[] = options.without?.kinds ?? [];
  for (const kind of first.kinds) {
    const fewer = [...kinds, kind];
    if (await fails({ ...options.without, kinds: fewer })) kinds = fewer;
  }
  const without = await withFewest({ ...options.without, kinds }, fails);
  return { without, outcome: await runSchedule(seed, { ...options, without, traced: true }) };
}

/** The fewest faults from the start of the schedule that are enough. */
async function withFewest(without: Without, fails: (without: Without) => Promise<boolean>): Promise<Without> {
  let [least, most] = [0, without.afterFaults ?? 512];
  if (!(await fails({ ...without, afterFaults: most }))) return without;
  while (least < most) {
    const middle = Math.floor((least + most) / 2);
    if (await fails({ ...without, afterFaults: middle })) most = middle;
    else least = middle + 1;
  }
  return { ...without, afterFaults: most };
}

async function failsLike(invariant: InvariantName, seed: number, options: ScheduleOptions): Promise<boolean> {
  const { violations } = await runSchedule(seed, options);
  return violations.some((violation) => violation.invariant === invariant);
}

/** What a person needs to see it again. */
export function report({ without, outcome }: Shrunk): string {
  const faults = [...outcome.faults].map(([kind, count]) => `${kind} ${count}`).join(', ') || 'none';
  return [
    `Schedule ${outcome.seed} does not keep the invariants:`,
    ...outcome.violations.map(({ invariant, text }) => `  ${invariant}: ${text}`),
    `With the fewest faults that are enough: ${faults}`,
    `See it again: ${commandFor(outcome.seed, without)}`,
    '',
    ...outcome.trace.slice(-TRACE_LINES),
  ].join('\n');
}

function commandFor(seed: number, { kinds = [], afterFaults }: Without): string {
  const left = kinds.length > 0 ? ` --without ${kinds.join(',')}` : '';
  const limit = afterFaults === undefined ? '' : ` --faults ${afterFaults}`;
  return `npm run simulate-faults -- --seed ${seed}${left}${limit}`;
}
