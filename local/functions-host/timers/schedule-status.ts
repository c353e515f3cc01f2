// When a monitored timer last ran and is next due, kept across restarts of the host: that is how a missed run is noticed.
// On Azure this is a blob `timers/<host>/<function>/status`; here a file of the same shape, or memory without a folder.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isRecord, tryParseJson } from '../json.ts';

/** .NET's default(DateTimeOffset): never. */
const NEVER = '0001-01-01T00:00:00+00:00';

export interface ScheduleStatus {
  readonly lastMs: number | undefined;
  readonly nextMs: number | undefined;
  readonly lastUpdatedMs: number | undefined;
}

export interface StatusStore {
  read(timer: string): Promise<ScheduleStatus | undefined>;
  write(timer: string, status: ScheduleStatus): Promise<void>;
}

export function createStatusStore(stateDir: string | undefined): StatusStore {
  return stateDir === undefined ? memoryStore() : fileStore(stateDir);
}

function memoryStore(): StatusStore {
  const known = new Map<string, ScheduleStatus>();
  return {
    async read(timer) {
      return known.get(timer);
    },
    async write(timer, status) {
      known.set(timer, status);
    },
  };
}

function fileStore(stateDir: string): StatusStore {
  const fileOf = (timer: string) => join(stateDir, 'timers', timer, 'status');
  return {
    async read(timer) {
      const text = await readFile(fileOf(timer), 'utf8').catch(() => '');
      return parseStatus(text);
    },
    async write(timer, status) {
      const file = fileOf(timer);
      await mkdir(dirname(file), { recursive: true });
      // A crash between the two leaves the old status, not half of a new one.
      await writeFile(`${file}.new`, JSON.stringify(wireStatus(status)));
      await rename(`${file}.new`, file);
    },
  };
}

/** As `ScheduleStatus` goes to the function and to the file. */
export function wireStatus({
  lastMs,
  nextMs,
  lastUpdatedMs,
}: ScheduleStatus): Record<'Last' | 'Next' | 'LastUpdated', string> {
  return { Last: wireTime(lastMs), Next: wireTime(nextMs), LastUpdated: wireTime(lastUpdatedMs) };
}

function wireTime(ms: number | undefined): string {
  return ms === undefined ? NEVER : new Date(ms).toISOString().replace('Z', '+00:00');
}

function parseStatus(text: string): ScheduleStatus | undefined {
  const value = tryParseJson(text);
  if (!isRecord(value)) return undefined;
  return { lastMs: timeOf(value.Last), nextMs: timeOf(value.Next), lastUpdatedMs: timeOf(value.LastUpdated) };
}

function timeOf(value: unknown): number | undefined {
  const ms = typeof value === 'string' && value !== NEVER ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
