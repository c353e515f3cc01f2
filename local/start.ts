// `npm start`: the whole laptop cloud by one command. Starts it, plays the story once, stays up until it is told to stop.
import { dirname } from 'node:path';
import { playStory } from './scenarios/story.ts';
import { durableDir, PORT_WAIT_MS } from './stack/identity.ts';
import { parseStartOptions, RefusedOptions, START_USAGE, type StartOptions } from './stack/options.ts';
import { freePort } from './stack/ports.ts';
import { faultLines, hints, shown, whatRunsWhere } from './stack/printing.ts';
import { BrokenConfiguration, missingBuild, Stack } from './stack/stack.ts';
import { removeStackFile, runningPid, stackFilePath } from './stack/stack-file.ts';
import { StartFailed } from './supervised-process.ts';

const ROOT = dirname(import.meta.dirname);
const USAGE_EXIT = 2;
const INTERRUPTED_EXIT = 130;
const LOOK_FOR_NPM_MS = 500;

async function main(): Promise<void> {
  const options = readOptions();
  await refuseSecondStart(options);
  const begun = Date.now();
  const stack = new Stack(ROOT, options, {
    onTrouble: (process, words) => say(`${process} ${words}`),
    onGivenUp: (process, words) => {
      say(`${process} cannot be brought back: ${words}`);
      void end(1);
    },
  });
  let ending: Promise<void> | undefined;
  function end(code: number): Promise<void> {
    ending ??= stack.stop().then(() => process.exit(code));
    return ending;
  }
  process.once('exit', () => removeStackFile(options.dir));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void end(options.once ? INTERRUPTED_EXIT : 0));
  }
  endWithNpm(() => void end(1));
  try {
    const file = await stack.start();
    say(...whatRunsWhere(file, options.dir, Date.now() - begun), ...whatIsKept(options), '');
    const endedWell = options.playsStory ? await playStory(file, say) : true;
    if (options.once) return await end(endedWell ? 0 : 1);
    say('', ...hints(file));
  } catch (error) {
    // A start that is cut short by Ctrl-C fails too, and nobody wants to read about it.
    if (ending === undefined) complain(...explain(error, options));
    await end(1);
  }
}

/** npm that is killed takes its shell with it, but not us: without it nobody would know that we are still here. */
function endWithNpm(end: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) end();
  }, LOOK_FOR_NPM_MS).unref();
}

function readOptions(): StartOptions {
  try {
    return parseStartOptions(process.argv.slice(2), ROOT);
  } catch (error) {
    if (!(error instanceof RefusedOptions)) throw error;
    complain(error.message, '', START_USAGE);
    process.exit(USAGE_EXIT);
  }
}

/** Everything that can be said before anything runs. */
async function refuseSecondStart(options: StartOptions): Promise<void> {
  const pid = runningPid(options.dir);
  const words = pid === undefined ? (missingBuild(ROOT) ?? (await takenPort(options))) : alreadyRuns(pid, options);
  if (words === undefined) return;
  complain(words);
  process.exit(1);
}

function alreadyRuns(pid: number, { dir }: StartOptions): string {
  const file = shown(stackFilePath(dir));
  return `A laptop cloud runs already: process ${pid}, says ${file}. Stop it (kill ${pid}), or give this one a folder of its own with --dir DIR. If that process is something else, delete ${file}.`;
}

async function takenPort({ port, durable }: StartOptions): Promise<string | undefined> {
  try {
    await freePort(port, durable ? PORT_WAIT_MS : 0);
    return undefined;
  } catch (error) {
    if (error instanceof RefusedOptions) return error.message;
    throw error;
  }
}

function explain(error: unknown, { dir }: StartOptions): string[] {
  if (error instanceof BrokenConfiguration) {
    return faultLines('The configuration is broken. The app says:', error.faults);
  }
  if (error instanceof RefusedOptions) return [error.message];
  if (error instanceof StartFailed) {
    return faultLines(error.message, [...error.faults, `more in ${shown(`${dir}/logs`)}`]);
  }
  return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
}

function whatIsKept({ dir, durable }: StartOptions): string[] {
  if (!durable) return [];
  return [
    '',
    `What it holds is kept in ${shown(durableDir(dir))}: with --durable it goes on from there; delete it to begin anew.`,
  ];
}

function say(...lines: string[]): void {
  for (const line of lines) console.log(line);
}

function complain(...lines: string[]): void {
  for (const line of lines) console.error(line);
}

await main();
