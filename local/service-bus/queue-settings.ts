// What a queue is set to do, read from the one table of queue settings (infra/queues.json). A setting that this broker does
// not know, or a value that Azure would refuse, stops the start: all faults at once.
import { readFile } from 'node:fs/promises';
import {
  DEFAULT_DUPLICATE_WINDOW_SECONDS,
  DEFAULT_LOCK_SECONDS,
  DEFAULT_MAX_DELIVERY_COUNT,
  LONGEST_LOCK_SECONDS,
  STANDARD_MESSAGE_KILOBYTES,
} from './refusals.ts';

export interface QueueSettings {
  readonly name: string;
  readonly requiresSession: boolean;
  readonly lockDurationSeconds: number;
  readonly maxDeliveryCount: number;
  readonly requiresDuplicateDetection: boolean;
  readonly duplicateDetectionWindowSeconds: number;
  readonly maxMessageSizeKilobytes: number;
  readonly defaultMessageTimeToLiveSeconds: number;
  /** Azure's default is false: an expired message is gone. */
  readonly deadLetteringOnMessageExpiration: boolean;
}

type Settings = Omit<QueueSettings, 'name'>;

/** Azure's defaults for a new queue. */
const DEFAULT_SETTINGS: Settings = {
  requiresSession: false,
  lockDurationSeconds: DEFAULT_LOCK_SECONDS,
  maxDeliveryCount: DEFAULT_MAX_DELIVERY_COUNT,
  requiresDuplicateDetection: false,
  duplicateDetectionWindowSeconds: DEFAULT_DUPLICATE_WINDOW_SECONDS,
  maxMessageSizeKilobytes: STANDARD_MESSAGE_KILOBYTES,
  defaultMessageTimeToLiveSeconds: Number.POSITIVE_INFINITY,
  deadLetteringOnMessageExpiration: false,
};

/** Words for people that stand beside the settings and change nothing here. */
const REMARKS = new Set(['$comment', 'sessionKey']);

export function aQueue(name: string, settings: Partial<Settings> = {}): QueueSettings {
  return { ...DEFAULT_SETTINGS, ...settings, name };
}

export async function readQueuesFile(path: string): Promise<QueueSettings[]> {
  return readQueueSettings(JSON.parse(await readFile(path, 'utf8')));
}

/** Throws an AggregateError with one error a fault. */
export function readQueueSettings(table: unknown): QueueSettings[] {
  const faults: Error[] = [];
  const defaults = readSettings('defaults', entry(table, 'defaults') ?? {}, DEFAULT_SETTINGS, faults);
  const queues = Object.entries(asRecord(entry(table, 'queues')) ?? {});
  if (queues.length === 0) faults.push(new Error('queues: at least one queue is needed'));
  const settings = queues.map(([name, own]) => ({ ...readSettings(name, own, defaults, faults), name }));
  if (faults.length > 0) throw new AggregateError(faults, 'The table of queue settings is not usable');
  return settings;
}

function readSettings(where: string, given: unknown, fallback: Settings, faults: Error[]): Settings {
  const record = asRecord(given);
  if (!record) {
    faults.push(new Error(`${where}: must be an object`));
    return fallback;
  }
  for (const key of Object.keys(record)) {
    if (!(key in DEFAULT_SETTINGS) && !REMARKS.has(key))
      faults.push(new Error(`${where}.${key}: the broker knows no such setting`));
  }
  const flag = (key: keyof Settings, otherwise: boolean) => readFlag(`${where}.${key}`, record[key], otherwise, faults);
  const number = (key: keyof Settings, otherwise: number, most: number) =>
    readNumber(`${where}.${key}`, record[key], otherwise, most, faults);
  const unlimited = Number.POSITIVE_INFINITY;
  return {
    requiresSession: flag('requiresSession', fallback.requiresSession),
    lockDurationSeconds: number('lockDurationSeconds', fallback.lockDurationSeconds, LONGEST_LOCK_SECONDS),
    maxDeliveryCount: number('maxDeliveryCount', fallback.maxDeliveryCount, 2_000),
    requiresDuplicateDetection: flag('requiresDuplicateDetection', fallback.requiresDuplicateDetection),
    duplicateDetectionWindowSeconds: number(
      'duplicateDetectionWindowSeconds',
      fallback.duplicateDetectionWindowSeconds,
      604_800,
    ),
    maxMessageSizeKilobytes: number('maxMessageSizeKilobytes', fallback.maxMessageSizeKilobytes, 102_400),
    defaultMessageTimeToLiveSeconds: number(
      'defaultMessageTimeToLiveSeconds',
      fallback.defaultMessageTimeToLiveSeconds,
      unlimited,
    ),
    deadLetteringOnMessageExpiration: flag(
      'deadLetteringOnMessageExpiration',
      fallback.deadLetteringOnMessageExpiration,
    ),
  };
}

function readFlag(where: string, value: unknown, otherwise: boolean, faults: Error[]): boolean {
  if (value === undefined) return otherwise;
  if (typeof value === 'boolean') return value;
  faults.push(new Error(`${where}: must be true or false`));
  return otherwise;
}

function readNumber(where: string, value: unknown, otherwise: number, most: number, faults: Error[]): number {
  if (value === undefined) return otherwise;
  if (typeof value === 'number' && value > 0 && value <= most) return value;
  faults.push(new Error(`${where}: must be a number above 0 and at most ${most}`));
  return otherwise;
}

function entry(table: unknown, key: string): unknown {
  return asRecord(table)?.[key];
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : undefined;
}
