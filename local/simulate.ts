// `npm run simulate -- <scenario>`: makes something go wrong in a running laptop cloud, follows it, and says whether it is over well.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parseDurationMs } from './durations.ts';
import { COMMON_DEFAULTS, scenarios } from './scenarios/index.ts';
import { type ArgumentName, type Cause, causes, type Scenario, type ScenarioArguments } from './scenarios/scenario.ts';
import { firstSentence, RefusedOptions, wholeNumber } from './stack/options.ts';
import { aligned, shown } from './stack/printing.ts';
import { readStackFile, runningPid, type StackFile, stackFilePath } from './stack/stack-file.ts';

const USAGE_EXIT = 2;
const MAX_COUNT = 10_000;

/** Argument -> its option on the command line, and how that is read. */
const OPTIONS = {
  cluster: { option: 'cluster', hint: () => 'ID', read: (text: string) => ({ cluster: text }) },
  code: { option: 'code', hint: () => 'CODE', read: (text: string) => ({ code: terminationCode(text) }) },
  forMs: {
    option: 'for',
    hint: ({ forMs }: ScenarioArguments) => `${forMs / 1000}s`,
    read: (text: string) => ({ forMs: duration(text) }),
  },
  cause: { option: 'cause', hint: () => causes.join('|'), read: (text: string) => ({ cause: causeNamed(text) }) },
  count: {
    option: 'count',
    hint: ({ count }: ScenarioArguments) => String(count),
    read: (text: string) => ({ count: wholeNumber('--count', text, 1, MAX_COUNT) }),
  },
} as const satisfies Record<
  ArgumentName,
  { option: string; hint: (defaults: ScenarioArguments) => string; read: (text: string) => Partial<ScenarioArguments> }
>;

async function main(): Promise<number> {
  const [name = 'list', ...rest] = process.argv.slice(2);
  if (name === 'list' || name === '--help') {
    console.log(list().join('\n'));
    return 0;
  }
  const scenario = scenarios.find((candidate) => candidate.name === name);
  if (!scenario) throw new RefusedOptions(`there is no scenario '${name}'`);
  const { dir, given } = read(scenario, rest);
  const stack = runningStack(dir);
  const say = (...lines: string[]) => console.log(lines.join('\n'));
  say(`${scenario.name}: ${scenario.summary}.`, '');
  const { verdict, words } = await scenario.run({ ...given, stack, say });
  say('', `${verdict === 'over-well' ? 'Over well' : 'Not well'}: ${words}.`);
  return verdict === 'over-well' ? 0 : 1;
}

function list(): string[] {
  const rows = scenarios.map((scenario) => [usageOf(scenario), scenario.summary]);
  return ['Usage: npm run simulate -- <scenario> [--dir DIR]', '', ...aligned(rows)];
}

/** With its defaults where they are short. */
function usageOf(scenario: Scenario): string {
  const options = scenario.takes.map((argument) => {
    const { option, hint } = OPTIONS[argument];
    return `[--${option} ${hint(defaultsOf(scenario))}]`;
  });
  return [scenario.name, ...options].join(' ');
}

function defaultsOf(scenario: Scenario): ScenarioArguments {
  return { ...COMMON_DEFAULTS, ...scenario.defaults };
}

function read(scenario: Scenario, args: string[]): { dir: string; given: ScenarioArguments } {
  const values = parse(scenario, args);
  let given = defaultsOf(scenario);
  for (const argument of scenario.takes) {
    const text = values[OPTIONS[argument].option];
    if (typeof text === 'string') given = { ...given, ...OPTIONS[argument].read(text) };
  }
  return { dir: resolve(typeof values.dir === 'string' ? values.dir : '.lakewarden'), given };
}

function parse(scenario: Scenario, args: string[]): Record<string, unknown> {
  const names = ['dir', ...scenario.takes.map((argument) => OPTIONS[argument].option)];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new RefusedOptions(`${firstSentence(error)}. Usage: ${usageOf(scenario)} [--dir DIR]`);
  }
}

function causeNamed(text: string): Cause {
  const cause = causes.find((known) => known === text);
  if (!cause) throw new RefusedOptions(`--cause takes ${causes.join(' or ')}, not '${text}'`);
  return cause;
}

function duration(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) throw new RefusedOptions(`--for takes a duration such as 10s, 500ms or 2m, not '${text}'`);
  return ms;
}

function terminationCode(text: string): string {
  if (/^[A-Z][A-Z0-9_]*$/.test(text)) return text;
  throw new RefusedOptions(`--code takes a termination code such as DRIVER_UNREACHABLE, not '${text}'`);
}

function runningStack(dir: string): StackFile {
  const file = shown(stackFilePath(dir));
  if (runningPid(dir) === undefined) {
    throw new RefusedOptions(
      `no laptop cloud runs: ${file} is not there or names no live process. Start one with npm start`,
    );
  }
  const stack = readStackFile(dir);
  if (!stack) throw new RefusedOptions(`${file} cannot be read`);
  return stack;
}

try {
  process.exitCode = await main();
} catch (error) {
  const isRefused = error instanceof RefusedOptions;
  console.error(
    isRefused ? `${error.message}.` : `Not well: ${error instanceof Error ? error.message : String(error)}`,
  );
  if (isRefused) console.error('npm run simulate -- list shows what there is.');
  process.exitCode = isRefused ? USAGE_EXIT : 1;
}
