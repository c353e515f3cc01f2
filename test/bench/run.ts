// `npm run bench [-- name ...]`: measures the promised numbers, prints a table each, exits 1 when a bar is missed.
import { accept } from './accept.ts';
import { type Benchmark, print } from './benchmark.ts';
import { coldStart } from './cold-start.ts';
import { flood } from './flood.ts';
import { idleTime } from './idle-time.ts';
import { massFailure } from './mass-failure.ts';
import { operationsPerIncident } from './operations-per-incident.ts';
import { questions } from './questions.ts';

const benchmarks: readonly Benchmark[] = [
  coldStart,
  accept,
  flood,
  massFailure,
  idleTime,
  operationsPerIncident,
  questions,
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name));
if (unknown.length > 0) {
  console.error(`No such benchmark: ${unknown.join(', ')}. There is: ${benchmarks.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const missed: string[] = [];
for (const benchmark of benchmarks) {
  if (wanted.length > 0 && !wanted.includes(benchmark.name)) continue;
  missed.push(...(await measure(benchmark)));
}
for (const words of missed) console.error(`\nMISSED  ${words}`);
process.exitCode = missed.length > 0 ? 1 : 0;

/** A benchmark that cannot be run has missed its bar; the others are still measured. */
async function measure({ name, promise, run }: Benchmark): Promise<string[]> {
  const started = performance.now();
  try {
    const report = await run();
    console.log(`\n${name}: ${promise} (${((performance.now() - started) / 1000).toFixed(0)} s)\n`);
    print(report);
    return report.missed.map((words) => `${name}: ${words}`);
  } catch (error) {
    return [`${name}: could not be measured: ${String(error)}`];
  }
}
