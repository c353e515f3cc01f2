// The options of `npm start`, read strictly: what is unknown or makes no sense is refused with the usage.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

const DEFAULT_PORT = 7071;
const DEFAULT_TIME_SCALE = 30;
const MAX_TIME_SCALE = 1_000;
/** Below it the app refuses: nothing lives slower than real life. */
const MIN_TIME_SCALE = 1;
const MAX_PORT = 65_535;

export const START_USAGE = `Usage: npm start -- [options]
  --port N         port of the app on 127.0.0.1 (default ${DEFAULT_PORT}; 0 takes any free one)
  --dir DIR        folder for everything it writes (default .lakewarden)
  --estate FILE    estate file (default infra/estates/reference.json)
  --time-scale N   how many times faster than real life the simulators live (default ${DEFAULT_TIME_SCALE})
  --no-story       do not play the story
  --once           play the story, then stop: exit 0 only if it ended well
  --durable        keep everything in DIR/durable: killed and started again in the same folder, it goes on where it was
  --duplicate-deliveries   the broker delivers every message at least twice, as Service Bus may at any time`;

export interface StartOptions {
  readonly port: number;
  /** Absolute, as is `estateFile`. */
  readonly dir: string;
  readonly estateFile: string;
  readonly timeScale: number;
  readonly playsStory: boolean;
  readonly once: boolean;
  readonly durable: boolean;
  readonly duplicateDeliveries: boolean;
}

export class RefusedOptions extends Error {}

/** Throws `RefusedOptions` with words for a person. */
export function parseStartOptions(argv: readonly string[], root: string): StartOptions {
  const values = parse(argv);
  const once = values.once ?? false;
  const playsStory = !values['no-story'];
  if (once && !playsStory)
    throw new RefusedOptions('--once ends after the story, so --no-story makes no sense with it');
  return {
    port: wholeNumber('--port', values.port ?? String(DEFAULT_PORT), 0, MAX_PORT),
    dir: resolve(values.dir ?? '.lakewarden'),
    estateFile: values.estate === undefined ? resolve(root, 'infra/estates/reference.json') : resolve(values.estate),
    timeScale: scale(values['time-scale'] ?? String(DEFAULT_TIME_SCALE)),
    playsStory,
    once,
    durable: values.durable ?? false,
    duplicateDeliveries: values['duplicate-deliveries'] ?? false,
  };
}

function parse(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        port: { type: 'string' },
        dir: { type: 'string' },
        estate: { type: 'string' },
        'time-scale': { type: 'string' },
        'no-story': { type: 'boolean' },
        once: { type: 'boolean' },
        durable: { type: 'boolean' },
        'duplicate-deliveries': { type: 'boolean' },
      },
    });
    return values;
  } catch (error) {
    throw new RefusedOptions(firstSentence(error));
  }
}

/** parseArgs goes on about positionals that begin with a dash; the first sentence is what a person needs. */
export function firstSentence(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  return words.split(/\. |\n/)[0] ?? words;
}

export function wholeNumber(option: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new RefusedOptions(`${option} takes a whole number from ${least} to ${most}, not '${text}'`);
}

function scale(text: string): number {
  const number = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && number >= MIN_TIME_SCALE && number <= MAX_TIME_SCALE) return number;
  throw new RefusedOptions(`--time-scale takes a number from ${MIN_TIME_SCALE} to ${MAX_TIME_SCALE}, not '${text}'`);
}
