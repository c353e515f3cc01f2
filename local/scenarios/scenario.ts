// What a scenario is: it injects something into a running stack, follows what happens, and says whether it is over well.
import type { StackFile } from '../stack/stack-file.ts';

/** The inference cluster of the reference estate. */
export const INFERENCE_CLUSTER = '0424-035941-pl8ku9sr';

export interface ScenarioArguments {
  readonly cluster: string;
  /** Termination code, e.g. `DRIVER_UNREACHABLE`. */
  readonly code: string;
  readonly forMs: number;
  readonly count: number;
  readonly cause: Cause;
}

export const causes = ['cluster', 'code'] as const;
export type Cause = (typeof causes)[number];

export type ArgumentName = keyof ScenarioArguments;

export interface Scene extends ScenarioArguments {
  readonly stack: StackFile;
  say(...lines: string[]): void;
}

export type Verdict =
  | { readonly verdict: 'over-well'; readonly words: string }
  | { readonly verdict: 'not-well'; readonly words: string };

export interface Scenario {
  readonly name: string;
  readonly summary: string;
  /** The options it understands; others are refused. */
  readonly takes: readonly ArgumentName[];
  /** Where it wants something else than the common default. */
  readonly defaults?: Partial<ScenarioArguments>;
  run(scene: Scene): Promise<Verdict>;
}

export function overWell(words: string): Verdict {
  return { verdict: 'over-well', words };
}

export function notWell(words: string): Verdict {
  return { verdict: 'not-well', words };
}
