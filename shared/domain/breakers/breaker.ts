// The circuit breaker, pure: what a breaker allows and what becomes of it. State is one union that can be stored; deciding is here, doing elsewhere.

/** Remedies that failed, by run id: the same run never counts twice, however often it is told. */
export interface CountedFailure {
  readonly run: string;
  /** ISO instant. */
  readonly at: string;
}

export type Breaker =
  | { readonly state: 'closed'; readonly failures: readonly CountedFailure[]; readonly onProbationUntil?: string }
  | {
      readonly state: 'open';
      readonly failures: readonly CountedFailure[];
      readonly since: string;
      readonly until: string;
    }
  /** One trial is under way; its end decides. A trial that never ends gives its place up at `until`. */
  | {
      readonly state: 'half-open';
      readonly failures: readonly CountedFailure[];
      readonly trial: string;
      readonly until: string;
    };

export interface BreakerPolicy {
  /** This many failures within the window open it. */
  readonly failures: number;
  readonly windowSeconds: number;
  readonly coolDownSeconds: number;
  /** How long one trial may take. */
  readonly trialSeconds: number;
}

/** E4: 3 in 30 minutes, one trial after 10 minutes. */
export const breakerPolicy: BreakerPolicy = {
  failures: 3,
  windowSeconds: 1800,
  coolDownSeconds: 600,
  trialSeconds: 3600,
};

export const closedBreaker: Breaker = { state: 'closed', failures: [] };

/** Closed, and without a failure or a probation since this instant (ISO). */
export function isQuietSince(breaker: Breaker, since: string): boolean {
  if (breaker.state !== 'closed' || (breaker.onProbationUntil ?? '') >= since) return false;
  return breaker.failures.every(({ at }) => at < since);
}

export type Permission =
  | { readonly allowed: true; readonly trial: boolean }
  | { readonly allowed: false; readonly because: 'breaker-open' | 'trial-under-way'; readonly until: string };

export function isTrialOf(breaker: Breaker, run: string): boolean {
  return breaker.state === 'half-open' && breaker.trial === run;
}

/** A clock, as far as a breaker asks it: in seconds of operations. */
export interface BreakerClock {
  after(seconds: number): Date;
  millisecondsOf(seconds: number): number;
}

export function permissionFor(breaker: Breaker, run: string, now: string): Permission {
  if (breaker.state === 'closed') return { allowed: true, trial: false };
  if (isTrialOf(breaker, run)) return { allowed: true, trial: false };
  if (breaker.until > now) {
    return {
      allowed: false,
      because: breaker.state === 'open' ? 'breaker-open' : 'trial-under-way',
      until: breaker.until,
    };
  }
  return { allowed: true, trial: true };
}

/** The breaker with its one trial given to this run. */
export function withTrial(breaker: Breaker, run: string, clock: BreakerClock, policy = breakerPolicy): Breaker {
  return {
    state: 'half-open',
    failures: breaker.failures,
    trial: run,
    until: clock.after(policy.trialSeconds).toISOString(),
  };
}

/** A remedy failed, or did not last. */
export function withFailure(
  breaker: Breaker,
  failure: CountedFailure,
  clock: BreakerClock,
  policy = breakerPolicy,
): Breaker {
  if (breaker.failures.some(({ run }) => run === failure.run)) return breaker;
  const windowMs = clock.millisecondsOf(policy.windowSeconds);
  const recent = breaker.failures.filter(({ at }) => Date.parse(failure.at) - Date.parse(at) < windowMs);
  const failures = [...recent, failure];
  const onProbation = breaker.state === 'closed' && (breaker.onProbationUntil ?? '') > failure.at;
  const opens =
    isTrialOf(breaker, failure.run) ||
    onProbation ||
    (breaker.state === 'closed' && failures.length >= policy.failures);
  if (!opens) return { ...breaker, failures };
  return { state: 'open', failures, since: failure.at, until: clock.after(policy.coolDownSeconds).toISOString() };
}

/** The trial of this run proved nothing: the next one that asks is tried at once. */
export function withoutTrial(breaker: Breaker, run: string, now: string): Breaker {
  if (!isTrialOf(breaker, run)) return breaker;
  return { state: 'open', failures: breaker.failures, since: now, until: now };
}

/** A remedy was verified. It closes after a trial, on probation: what fails again within the window opens it at once. */
export function withSuccess(breaker: Breaker, run: string, clock: BreakerClock, policy = breakerPolicy): Breaker {
  if (!isTrialOf(breaker, run)) return breaker;
  return {
    state: 'closed',
    failures: breaker.failures,
    onProbationUntil: clock.after(policy.windowSeconds).toISOString(),
  };
}
