// Questions (D5) at 1,000 and at 100,000 incidents of the last 24 hours: what is read for an answer, and how much longer it takes.
// Every answer is compared with counting the incidents one by one.
import { isDeepStrictEqual } from 'node:util';
import type { Incident } from '../../shared/domain/incidents/incident.ts';
import type { IncidentFilter } from '../../shared/ports/incident-store.ts';
import { countFailuresByType, countFailuresPerHour } from '../../shared/usecases/count-failures.ts';
import { countedByType, countedPerHour, NOW } from '../builders/counted-failures.ts';
import { startStorageAccount } from '../builders/storage-account.ts';
import { type Benchmark, median, type Report } from './benchmark.ts';
import { loaded, patiently, type Side } from './many-incidents.ts';

const SIZES = [1_000, 100_000] as const;
const ROUNDS = 15;
const HOURS = 24;
/** A row for each minute of a day, and the one that has begun. */
const MOST_ENTITIES = HOURS * 60 + 1;
/** A hundred times the incidents: twice the minutes that have a count, with more types in each. */
const MOST_RATIO = 5;
const PAGE = 50;

export const questions: Benchmark = {
  name: 'questions',
  promise: `at most ${MOST_ENTITIES} entities read for an answer, and at most ${MOST_RATIO} times as long at 100 times the incidents`,
  async run() {
    const account = await startStorageAccount();
    try {
      const sides = [];
      for (const size of SIZES) sides.push(await loaded(account.connectionString, size));
      return await compare(sides);
    } finally {
      await account.stop();
    }
  },
};

interface Question {
  readonly name: string;
  ask(side: Side): Promise<unknown>;
  /** The answer, found by looking at every incident. */
  counted(incidents: readonly Incident[]): unknown;
}

const clock = { now: () => NOW };

const asked: readonly Question[] = [
  {
    name: 'failures of 24 h by type',
    ask: ({ index }) => countFailuresByType({ index, clock }, HOURS),
    counted: (incidents) => countedByType(incidents, HOURS),
  },
  {
    name: 'failures per hour, 24 h',
    ask: ({ index }) => countFailuresPerHour({ index, clock }, HOURS),
    counted: (incidents) => countedPerHour(incidents, HOURS),
  },
  listed('open incidents, a page', { open: true }, ({ state }) => state === 'open'),
  listed('of one state, a page', { state: 'closed' }, ({ state }) => state === 'closed'),
  listed('of one class, a page', { failureClass: 'DatabricksQuotaExceeded' }, ({ failureClass }) => {
    return failureClass === 'DatabricksQuotaExceeded';
  }),
  listed('of one component, a page', { component: 'cluster/bench-7' }, ({ subject }) => subject.endsWith('/bench-7')),
  {
    name: 'refresh of one incident',
    ask: async ({ index, incidents }) => {
      for (const incident of incidents.slice(0, 1)) await index.refresh(incident);
    },
    counted: () => undefined,
  },
];

function listed(name: string, filter: IncidentFilter, isMeant: (incident: Incident) => boolean): Question {
  return {
    name,
    ask: async ({ index }) => (await index.list(filter, PAGE)).incidents.map(({ id }) => id),
    counted: (incidents) =>
      incidents
        .filter(isMeant)
        .slice(0, PAGE)
        .map(({ id }) => id),
  };
}

async function compare(sides: readonly Side[]): Promise<Report> {
  const rows: string[][] = [];
  const missed: string[] = [];
  for (const question of asked) {
    const measured = await measure(question, sides);
    const [few = Number.NaN, many = Number.NaN] = measured.map(({ milliseconds }) => median(milliseconds));
    const entities = measured.map((each) => each.entities);
    const operations = measured.map((each) => each.operations);
    const times = [few, many].map((each) => each.toFixed(1));
    rows.push([
      question.name,
      ...[entities, operations, times].map((each) => each.join(' / ')),
      (many / few).toFixed(2),
    ]);
    missed.push(...faultsOf(measured, many / few).map((words) => `${question.name}: ${words}`));
  }
  const sizes = SIZES.map((size) => size.toLocaleString('en')).join(' / ');
  return { head: ['question', `entities at ${sizes}`, 'operations', 'ms (median)', 'ratio'], rows, missed };
}

function faultsOf(measured: readonly Measured[], ratio: number): string[] {
  const most = Math.max(...measured.map(({ entities }) => entities));
  return [
    ...(measured.some(({ isRight }) => !isRight) ? ['the answer is not what counting one by one gives'] : []),
    ...(most > MOST_ENTITIES ? [`${most} entities read`] : []),
    ...(ratio <= MOST_RATIO ? [] : [`${ratio.toFixed(2)} times as long`]),
  ];
}

interface Measured {
  readonly milliseconds: number[];
  readonly isRight: boolean;
  readonly entities: number;
  readonly operations: number;
}

/** All sides in turn, round by round. */
async function measure(question: Question, sides: readonly Side[]): Promise<Measured[]> {
  // The first time also makes tables and opens connections: neither counted nor timed.
  await inTurn(sides, (side) => patiently(() => question.ask(side)));
  const measured = await inTurn(sides, async (side) => {
    const [entities, operations] = [side.tables.entities, side.tables.operations];
    const answer = await question.ask(side);
    return {
      milliseconds: [],
      isRight: isDeepStrictEqual(answer, question.counted(side.incidents)),
      entities: side.tables.entities - entities,
      operations: side.tables.operations - operations,
    } satisfies Measured;
  });
  for (let round = 0; round < ROUNDS; round += 1) {
    await inTurn(sides, async (side, place) => {
      const started = performance.now();
      await question.ask(side);
      const milliseconds: number[] | undefined = measured[place]?.milliseconds;
      milliseconds?.push(performance.now() - started);
    });
  }
  return measured;
}

async function inTurn<T>(sides: readonly Side[], work: (side: Side, place: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (const [place, side] of sides.entries()) results.push(await work(side, place));
  return results;
}
