// How one workspace is reached, and the limits that hold for every call to it. Checked once, when the workspace is made.
import { type FieldFault, InvalidInput } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';

/** A try gets this long, headers and body together. The SDK itself has no request timeout (facts/databricks.md 0.2). */
export const DEADLINE_SECONDS = 15;
/** All tries of one call with their pauses, and the wait for our own limits, end within this. */
export const RETRY_BUDGET_SECONDS = 20;
/** First try included. With the budget it bounds what one call may cost the other side. */
export const MAX_TRIES = 4;
/** Databricks publishes no numbers for clusters/*; third parties guess 10 per second (facts/databricks.md 4). */
export const MAX_CONCURRENT_CALLS = 4;
export const MAX_CALLS_PER_SECOND = 5;

/** One try of a call, as telemetry sees it: `status` when an answer came, `error` when none did. The path never holds an id. */
/** A call that is counted in a window has to be sent within it. */
export interface Admission {
  isOver(): boolean;
}

export interface ObservedCall {
  readonly method: string;
  readonly path: string;
  readonly status?: number;
  readonly error?: string;
  readonly milliseconds: number;
}

export type WorkspaceCredentials = 'managed-identity' | { readonly token: string };

export interface WorkspaceOptions {
  readonly name: string;
  /** `https://adb-….azuredatabricks.net`; plain http and fixed tokens only on loopback. */
  readonly host: string;
  readonly credentials: WorkspaceCredentials;
  /** Name and value pairs appended to the user agent. */
  readonly userAgentExtra?: Readonly<Record<string, string>>;
  readonly deadlineSeconds?: number;
  readonly retryBudgetSeconds?: number;
  readonly concurrency?: number;
  readonly callsPerSecond?: number;
  readonly onCall?: (call: ObservedCall) => void;
  /** Asked before every try: the budget that all instances share. Throws `Unavailable` when it is used up. */
  readonly admit?: () => Promise<Admission>;
  /** The same without waiting: false when no call is left of the budget. */
  readonly admitNow?: () => Promise<boolean>;
  /** Pauses between tries and polls; deadlines are always real. */
  readonly sleep?: Clock['sleep'];
  /** Never goes back; counts the budgets. */
  readonly elapsedMilliseconds?: () => number;
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Origin of the workspace. Throws `InvalidInput` with every fault, none of which shows the token. */
export function checkedOrigin(options: WorkspaceOptions): URL {
  const url = parseHost(options.host);
  const faults =
    url === undefined ? [fault('host', 'is not a host name or URL')] : hostFaults(url, options.credentials);
  if (url === undefined || faults.length > 0) {
    throw new InvalidInput('not-configured', `workspace ${options.name} cannot be reached as configured`, faults);
  }
  return new URL(url.origin);
}

function hostFaults(url: URL, credentials: WorkspaceCredentials): readonly FieldFault[] {
  const loopback = LOOPBACK.has(url.hostname);
  const faults: FieldFault[] = [];
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) {
    faults.push(fault('host', 'must begin with https:// (http:// only on loopback)'));
  }
  // The SDK keeps scheme and host only, so what else stands here would silently be lost.
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    faults.push(fault('host', 'must be scheme and host alone, without path, query or user'));
  }
  if (credentials !== 'managed-identity') faults.push(...tokenFaults(credentials.token, loopback));
  return faults;
}

function tokenFaults(token: string, loopback: boolean): readonly FieldFault[] {
  if (!loopback) return [fault('credentials', 'a fixed token is for loopback only; use managed-identity')];
  return token === '' ? [fault('credentials', 'the token is empty')] : [];
}

function parseHost(host: string): URL | undefined {
  const text = host.includes('://') ? host : `https://${host}`;
  return URL.canParse(text) ? new URL(text) : undefined;
}

function fault(field: string, detail: string): FieldFault {
  return { pointer: `/${field}`, detail };
}
