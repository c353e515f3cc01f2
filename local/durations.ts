// Durations as people write them: 10s, 500ms, 2m.
const UNITS_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000 };

/** Milliseconds, or undefined for anything but a whole number above 0 and a unit. */
export function parseDurationMs(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,7})(ms|s|m)$/.exec(text) ?? [];
  const ms = Number(digits) * (UNITS_MS[unit ?? ''] ?? Number.NaN);
  return ms > 0 ? ms : undefined;
}
