// What a benchmark is: it measures all sides of a comparison in one run, alternately, and says which bar it missed.

export interface Benchmark {
  readonly name: string;
  readonly promise: string;
  run(): Promise<Report>;
}

export interface Report {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Words for each bar that was missed. A bar is a ratio of two sides, never an absolute time. */
  readonly missed: readonly string[];
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** Nearest rank: a value that was measured, never one in between. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
  if (value === undefined) throw new Error('nothing was measured');
  return value;
}

/** `12 / 15 / 40`: lowest, median, highest. */
export function spread(values: readonly number[], digits = 0): string {
  return [Math.min(...values), median(values), Math.max(...values)].map((value) => value.toFixed(digits)).join(' / ');
}

export function print({ head, rows }: Report): void {
  const lines = [head, head.map(() => ''), ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  for (const line of lines) {
    const isRule = line.every((cell) => cell === '');
    const cells = widths.map((width, column) => (isRule ? '-'.repeat(width) : (line[column] ?? '').padEnd(width)));
    console.log(`  ${cells.join('  ').trimEnd()}`);
  }
}
