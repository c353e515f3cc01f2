// npm run simulate-faults: plays as many schedules as wanted, or one again with its trace. Exits 1 when an invariant did not hold.
import { parseArgs } from 'node:util';
import { type FaultKind, faultKinds, isFaultKind, type Without } from './faults.ts';
import { type Outcome, runSchedule } from './schedule.ts';
import { report, shrink } from './shrink.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    without: { type: 'string', default: '' },
    faults: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const HELP = `npm run simulate-faults -- --seeds N [--from S]     plays N schedules, from seed S (1)
npm run simulate-faults -- --seed S                plays schedule S again and prints its trace
    --without kind,kind   leaves faults out        --faults N   leaves out all after the first N
Faults:
${Object.entries(faultKinds)
  .map(([kind, words]) => `  ${kind.padEnd(22)} ${words}`)
  .join('\n')}`;

if (values.help) console.log(HELP);
else if (values.seed !== undefined) await replay(Number(values.seed));
else await playMany(Number(values.from), Number(values.seeds));

async function replay(seed: number): Promise<void> {
  const outcome = await runSchedule(seed, { traced: true, without: leftOut() });
  console.log(outcome.trace.join('\n'));
  console.log(summaryOf([outcome]));
  tell(outcome);
}

async function playMany(from: number, count: number): Promise<void> {
  const startedAt = performance.now();
  const outcomes: Outcome[] = [];
  for (let seed = from; seed < from + count; seed += 1) {
    const outcome = await runSchedule(seed, { without: leftOut() });
    outcomes.push(outcome);
    if (outcome.violations.length === 0) continue;
    process.exitCode = 1;
    console.log(report(await shrink(seed, { without: leftOut() })));
  }
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(`${count} schedules in ${seconds.toFixed(1)} s, ${(count / seconds).toFixed(1)} a second`);
  console.log(summaryOf(outcomes));
}

function tell({ seed, violations }: Outcome): void {
  if (violations.length === 0) console.log(`Schedule ${seed} keeps every invariant.`);
  else process.exitCode = 1;
  for (const { invariant, text } of violations) console.log(`VIOLATED ${invariant}: ${text}`);
}

function leftOut(): Without {
  const kinds = values.without.split(',').filter(isFaultKind);
  return { kinds, ...(values.faults === undefined ? {} : { afterFaults: Number(values.faults) }) };
}

function summaryOf(outcomes: readonly Outcome[]): string {
  const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0);
  const violated = outcomes.filter(({ violations }) => violations.length > 0).length;
  const counts = Object.keys(faultKinds)
    .filter(isFaultKind)
    .map((kind): [FaultKind, number] => [kind, sum(({ faults }) => faults.get(kind) ?? 0)]);
  return [
    `${violated} with a violation; ${sum(({ incidents }) => incidents)} incidents, ${sum(({ acts }) => acts)} acts, ${sum(({ orders }) => orders)} orders of people, ${sum(({ steps }) => steps)} steps, ${Math.round(sum(({ tookMs }) => tookMs) / 3_600_000)} hours of operations`,
    'Faults injected:',
    ...counts.map(([kind, count]) => `  ${kind.padEnd(22)} ${count}`),
  ].join('\n');
}
