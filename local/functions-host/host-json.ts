// host.json -> typed settings with the real host's defaults. What the real host refuses is refused here, by name;
// what this host cannot do is refused too, so that nobody believes a setting works that is ignored.
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { LogLevel } from './core-types.ts';
import { isRecord, type JsonRecord } from './json.ts';
import {
  CLIENT_RETRY,
  FUNCTION_TIMEOUT_DEFAULT_MS,
  FUNCTION_TIMEOUT_MIN_MS,
  HOST_JSON_VERSION,
  MAX_AUTO_LOCK_RENEWAL_MS,
  MAX_BATCH_WAIT_MS,
  MAX_CONCURRENT_CALLS_PER_CORE,
  MAX_CONCURRENT_SESSIONS,
  MAX_MESSAGE_BATCH_SIZE,
} from './refusals.ts';
import { parseTimeSpan } from './time-span.ts';

export interface ClientRetry {
  readonly mode: 'exponential' | 'fixed';
  readonly timeoutMs: number;
  readonly delayMs: number;
  readonly maxDelayMs: number;
  readonly maxRetries: number;
}

export interface ServiceBusSettings {
  readonly autoComplete: boolean;
  readonly maxAutoLockRenewalMs: number;
  readonly maxConcurrentCalls: number;
  readonly maxConcurrentSessions: number;
  readonly sessionIdleMs: number;
  readonly maxMessageBatchSize: number;
  readonly minMessageBatchSize: number;
  readonly maxBatchWaitMs: number;
  readonly retry: ClientRetry;
}

export interface HostSettings {
  /** undefined = no limit ("-1"). */
  readonly functionTimeoutMs: number | undefined;
  readonly routePrefix: string;
  readonly hasExtensionBundle: boolean;
  readonly logLevels: ReadonlyMap<string, LogLevel>;
  readonly serviceBus: ServiceBusSettings;
}

export async function readHostJson(appDir: string): Promise<HostSettings> {
  const file = join(appDir, 'host.json');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Error(`there is no ${file}`);
  });
  return parseHostJson(text);
}

export function parseHostJson(text: string): HostSettings {
  const root = new Section('host.json', parse(text));
  if (root.get('version') !== HOST_JSON_VERSION) throw new Error(`host.json: version must be "${HOST_JSON_VERSION}"`);
  return {
    functionTimeoutMs: functionTimeout(root),
    routePrefix: root
      .section('extensions')
      .section('http')
      .text('routePrefix', 'api')
      .replace(/^\/+|\/+$/g, ''),
    hasExtensionBundle: root.get('extensionBundle') !== undefined,
    logLevels: logLevels(root.section('logging').section('logLevel')),
    serviceBus: serviceBus(root.section('extensions').section('serviceBus')),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`host.json is not JSON: ${String(error)}`);
  }
}

function functionTimeout(root: Section): number | undefined {
  if (root.get('functionTimeout') === '-1') return undefined;
  const ms = root.timeSpanMs('functionTimeout', FUNCTION_TIMEOUT_DEFAULT_MS);
  if (ms < FUNCTION_TIMEOUT_MIN_MS) throw new Error('host.json: functionTimeout must be at least 00:00:01');
  return ms;
}

const LOG_LEVELS: Record<string, LogLevel> = {
  trace: 'trace',
  debug: 'debug',
  information: 'information',
  warning: 'warning',
  error: 'error',
  critical: 'critical',
  none: 'none',
};

function logLevels(section: Section): Map<string, LogLevel> {
  const levels = new Map<string, LogLevel>();
  for (const category of section.keys()) {
    const level = LOG_LEVELS[section.text(category, '').toLowerCase()];
    if (!level) throw new Error(`host.json: logging.logLevel.${category} is not a log level`);
    levels.set(category, level);
  }
  return levels;
}

function serviceBus(section: Section): ServiceBusSettings {
  refuseWhatTheClientCannotDo(section);
  const retry = clientRetry(section.section('clientRetryOptions'));
  return {
    autoComplete: section.flag('autoCompleteMessages', true),
    maxAutoLockRenewalMs: lockRenewal(section),
    maxConcurrentCalls: section.count('maxConcurrentCalls', MAX_CONCURRENT_CALLS_PER_CORE * availableParallelism()),
    maxConcurrentSessions: section.count('maxConcurrentSessions', MAX_CONCURRENT_SESSIONS),
    sessionIdleMs: section.timeSpanMs('sessionIdleTimeout', retry.timeoutMs),
    maxMessageBatchSize: section.count('maxMessageBatchSize', MAX_MESSAGE_BATCH_SIZE),
    minMessageBatchSize: section.count('minMessageBatchSize', 1),
    maxBatchWaitMs: section.timeSpanMs('maxBatchWaitTime', MAX_BATCH_WAIT_MS),
    retry,
  };
}

function refuseWhatTheClientCannotDo(section: Section): void {
  if (section.count('maxConcurrentCallsPerSession', 1) !== 1) {
    throw new Error('host.json: maxConcurrentCallsPerSession above 1 is not served by this host');
  }
  if ((section.get('prefetchCount') ?? 0) !== 0)
    throw new Error('host.json: prefetchCount above 0 is not served by this host');
  if (section.text('transportType', 'amqpTcp').toLowerCase() !== 'amqptcp') {
    throw new Error('host.json: only transportType amqpTcp is served by this host');
  }
}

/** Any negative duration means without end, as -00:00:00.0010000 does for the extension. */
function lockRenewal(section: Section): number {
  const ms = section.timeSpanMs('maxAutoLockRenewalDuration', MAX_AUTO_LOCK_RENEWAL_MS);
  return ms < 0 ? Number.MAX_SAFE_INTEGER / 2 : ms;
}

function clientRetry(section: Section): ClientRetry {
  const mode = section.text('mode', CLIENT_RETRY.mode).toLowerCase();
  if (mode !== 'exponential' && mode !== 'fixed')
    throw new Error('host.json: clientRetryOptions.mode is exponential or fixed');
  return {
    mode,
    timeoutMs: section.timeSpanMs('tryTimeout', CLIENT_RETRY.timeoutMs),
    delayMs: section.timeSpanMs('delay', CLIENT_RETRY.delayMs),
    maxDelayMs: section.timeSpanMs('maxDelay', CLIENT_RETRY.maxDelayMs),
    maxRetries: section.count('maxRetries', CLIENT_RETRY.maxRetries, 0),
  };
}

/** One object of host.json that knows its own path, so that a fault can name the member. */
class Section {
  readonly #path: string;
  readonly #values: JsonRecord;

  constructor(path: string, value: unknown) {
    if (value !== undefined && !isRecord(value)) throw new Error(`${path} must be an object`);
    this.#path = path;
    this.#values = value ?? {};
  }

  keys(): string[] {
    return Object.keys(this.#values);
  }

  get(name: string): unknown {
    return this.#values[name];
  }

  section(name: string): Section {
    return new Section(`${this.#path}: ${name}`, this.get(name));
  }

  text(name: string, otherwise: string): string {
    const value = this.get(name) ?? otherwise;
    if (typeof value === 'string') return value;
    throw new Error(`${this.#path}: ${name} must be a text`);
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.get(name) ?? otherwise;
    if (typeof value === 'boolean') return value;
    throw new Error(`${this.#path}: ${name} must be true or false`);
  }

  count(name: string, otherwise: number, least = 1): number {
    const value = this.get(name) ?? otherwise;
    if (typeof value === 'number' && Number.isInteger(value) && value >= least) return value;
    throw new Error(`${this.#path}: ${name} must be a whole number of at least ${least}`);
  }

  timeSpanMs(name: string, otherwiseMs: number): number {
    const value = this.get(name);
    if (value === undefined) return otherwiseMs;
    const ms = typeof value === 'string' ? parseTimeSpan(value) : undefined;
    if (ms === undefined) throw new Error(`${this.#path}: ${name} must be a time span such as 00:05:00`);
    return ms;
  }
}
