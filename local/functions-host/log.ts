// What the host and the app say, one JSON line each on stdout. Levels come from host.json, longest category first,
// as .NET's logging filters do.
import type { LogLevel } from './core-types.ts';

const RANK: Record<LogLevel, number> = {
  trace: 0,
  debug: 1,
  information: 2,
  warning: 3,
  error: 4,
  critical: 5,
  none: 6,
};

export interface LogFields {
  readonly function?: string;
  readonly invocationId?: string;
  readonly [field: string]: unknown;
}

export interface HostLog {
  /** `category` is the real host's, e.g. `Function.handle-signal` or `Host.Timers`. */
  write(level: LogLevel, category: string, message: string, fields?: LogFields): void;
}

export function createLog(levels: ReadonlyMap<string, LogLevel>, print: (line: string) => void = printLine): HostLog {
  const thresholds = new Map<string, number>();
  function threshold(category: string): number {
    const known = thresholds.get(category);
    if (known !== undefined) return known;
    const found = RANK[levelOf(levels, category)];
    thresholds.set(category, found);
    return found;
  }
  return {
    write(level, category, message, fields) {
      if (RANK[level] < threshold(category) || level === 'none') return;
      print(JSON.stringify({ at: new Date().toISOString(), level, category, message, ...fields }));
    },
  };
}

function levelOf(levels: ReadonlyMap<string, LogLevel>, category: string): LogLevel {
  for (let name = category; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
    const level = levels.get(name);
    if (level) return level;
  }
  return levels.get('default') ?? 'information';
}

function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
