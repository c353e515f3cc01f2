// What one look found: check by check, each timed, with the words for a person. A refusal (401, 403, 404, 429) is an answer: what refuses is alive.
import * as z from 'zod';

export const probeKinds = ['shallow', 'deep', 'connectivity'] as const;
export type ProbeKind = (typeof probeKinds)[number];

/** In the order in which they are made. */
export const checkNames = [
  'dns',
  'tcp',
  'tls',
  'http',
  'authentication',
  'list',
  'statement',
  'access',
  'state',
] as const;
export type CheckName = (typeof checkNames)[number];

const checkSchema = z.object({
  name: z.enum(checkNames),
  outcome: z.enum(['ok', 'failed', 'refused', 'skipped']),
  milliseconds: z.number().nonnegative().optional(),
  because: z.string().max(300).optional(),
});
export type Check = z.infer<typeof checkSchema>;

export const probeSampleSchema = z.object({
  schemaVersion: z.literal(1),
  /** Id of the target, e.g. `workspace/databricks-dev`. */
  target: z.string(),
  kind: z.enum(probeKinds),
  /** null: it is of no region, or of several. */
  region: z.string().nullable(),
  at: z.iso.datetime(),
  /** `skipped`: nothing can be concluded from it. */
  outcome: z.enum(['ok', 'failed', 'skipped']),
  latencyMs: z.number().nonnegative().optional(),
  /** The first check that failed. */
  failedAt: z.enum(checkNames).optional(),
  /** In words, beginning with the check, e.g. `TLS: certificate has expired`. */
  because: z.string().max(400).optional(),
  checks: z.array(checkSchema),
  /** The warehouse that a statement was sent to. */
  warehouse: z.string().optional(),
});
export type ProbeSample = z.infer<typeof probeSampleSchema>;

export interface Look {
  readonly target: string;
  readonly kind: ProbeKind;
  readonly region: string | null;
  readonly at: Date;
  readonly checks: readonly Check[];
  readonly warehouse?: string | undefined;
}

export function sampleOf({ target, kind, region, at, checks, warehouse }: Look): ProbeSample {
  const failed = checks.find(({ outcome }) => outcome === 'failed');
  const named = failed ?? checks.find(({ outcome }) => outcome === 'refused');
  const skipped = checks.find(({ outcome, because }) => outcome === 'skipped' && because !== undefined);
  const outcome = outcomeOf(checks);
  const told = named ?? (outcome === 'skipped' ? skipped : undefined);
  return {
    schemaVersion: 1,
    target,
    kind,
    region,
    at: at.toISOString(),
    outcome,
    ...(outcome === 'ok' && checks.some(isTimed) && { latencyMs: totalMilliseconds(checks) }),
    ...(failed && { failedAt: failed.name }),
    ...(told && { because: wordsOf(told) }),
    checks: [...checks],
    ...(warehouse !== undefined && { warehouse }),
  };
}

/** Skipped in place of what it would have been, e.g. because our own network is broken. */
export function setAside(sample: ProbeSample, because: string): ProbeSample {
  const { failedAt, latencyMs, ...rest } = sample;
  return { ...rest, outcome: 'skipped', because: `${because} (${sample.because ?? 'no words'})`.slice(0, 400) };
}

const SHOWN: Readonly<Record<CheckName, string>> = {
  dns: 'DNS',
  tcp: 'TCP',
  tls: 'TLS',
  http: 'HTTP',
  authentication: 'Authentication',
  list: 'List',
  statement: 'Statement',
  access: 'Access list',
  state: 'State',
};

function wordsOf({ name, outcome, because }: Check): string {
  return `${SHOWN[name]}: ${because ?? outcome}`;
}

/** Without one that came through, refusals alone are no proof of anything but life: nothing is concluded. */
function outcomeOf(checks: readonly Check[]): ProbeSample['outcome'] {
  if (checks.some(({ outcome }) => outcome === 'failed')) return 'failed';
  return checks.some(({ outcome }) => outcome === 'ok') ? 'ok' : 'skipped';
}

function isTimed({ milliseconds }: Check): boolean {
  return milliseconds !== undefined;
}

function totalMilliseconds(checks: readonly Check[]): number {
  return Math.round(checks.reduce((sum, { milliseconds = 0 }) => sum + milliseconds, 0));
}
