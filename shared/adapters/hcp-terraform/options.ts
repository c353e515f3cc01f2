// How one workspace of HCP Terraform is reached, and what a call to it may cost.

export interface HcpTerraformOptions {
  readonly organization: string;
  readonly workspace: string;
  /** https, or plain http to this machine: checked where settings are read. */
  readonly origin: string;
  readonly token: string;
  /** Seconds of one try. */
  readonly deadlineSeconds?: number;
  /** Milliseconds that pass, monotonic. */
  readonly elapsedMilliseconds?: () => number;
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

export const DEADLINE_SECONDS = 8;
/** All tries of one use of the port together, pauses included: well inside the lease of an attempt. */
export const BUDGET_SECONDS = 16;
export const MAX_TRIES = 4;
export const FIRST_PAUSE_MS = 500;
/** A run or a page of twenty has some ten kilobytes; more than this is not what was asked for. */
export const MAX_ANSWER_BYTES = 2 * 1024 * 1024;
/** A run's message is shown in lists; what goes into it is cut. */
export const MAX_MESSAGE = 300;
