// The gate in front of every act: one ordered list of rules, each with its reason. The first that speaks decides (E3).
import type { Permission } from '../breakers/breaker.ts';

export type Autonomy = 'shadow' | 'approve' | 'auto';

export interface StopSwitch {
  readonly by: string;
  readonly reason: string;
  /** ISO instant. */
  readonly since: string;
}

/** A workspace reserved by a region run. */
export interface WorkspaceHold {
  readonly workspace: string;
  readonly run: string;
  readonly reason: string;
  readonly since: string;
}

/** What keeps acts back for a while; without `until` nobody says how long. */
export interface Kept {
  readonly words?: string;
  readonly until?: string;
}

/** What the events of a component tell of others who are at it. */
export interface Hands {
  /** Somebody else started, edited or stopped it a moment ago. `until`: when it counts as left alone again. */
  readonly touched?: { readonly words: string; readonly until: string };
  /** Databricks is bringing it up again by itself. */
  readonly ownRetry?: { readonly words: string; readonly until: string };
}

export interface GateFacts {
  /** AUTO_REMEDIATION_ENABLED. */
  readonly remediationEnabled: boolean;
  readonly stop: StopSwitch | undefined;
  /** The hold on the component's workspace, unless it is the asking run's own. */
  readonly hold: WorkspaceHold | undefined;
  /** The region that it is in, or is, is out. `askAgainAt`: ISO instant; without it soon. */
  readonly outage: { readonly region: string; readonly askAgainAt?: string } | undefined;
  readonly autonomy: Autonomy;
  /** Whether the estate names the component. */
  readonly listed: boolean;
  /** A person has acknowledged the incident and not let go. */
  readonly takenByHuman: boolean;
  /** The maintenance window of the component that is open now. */
  readonly window: Kept | undefined;
  /** The change freeze over it. */
  readonly freeze: Kept | undefined;
  /** The silence under which its incident opened, or is about to open. */
  readonly silence: Kept | undefined;
  /** Looked for just before an act. */
  readonly hands?: Hands;
  /** A person has approved this run, and the approval has not expired. */
  readonly approved: boolean;
  readonly classBreaker: Permission;
  readonly subjectBreaker: Permission;
}

export type GateVerdict =
  | { readonly gate: 'open'; readonly because: GateReason }
  /** Decide and record, do nothing. */
  | { readonly gate: 'shadow'; readonly because: GateReason }
  /** A person has to approve. */
  | { readonly gate: 'ask'; readonly because: GateReason }
  /** Not now: ask again at `until`, or after a while. */
  | {
      readonly gate: 'wait';
      readonly because: GateReason;
      readonly until?: string;
      readonly evidence?: string;
      /** Its turn in the budget of the workspace. */
      readonly turn?: string;
    };

/** Why, for a person. The one list of reasons: a rule cannot give another. */
export const gateReasons = {
  'stop-switch': 'the stop switch is on: every action is held',
  'remediation-disabled': 'automatic remediation is switched off (AUTO_REMEDIATION_ENABLED)',
  'taken-by-human': 'a person has taken the incident',
  'in-maintenance-window': 'the component is in its maintenance window',
  'change-freeze': 'a change freeze is in force',
  silenced: 'it failed under a silence',
  'touched-by-human': 'a person has just been at it and is not interfered with',
  'own-retry': 'Databricks is trying again by itself',
  'workspace-on-hold': 'the workspace is on hold by a region run',
  'region-in-outage': 'its region is out: what is tried there could only fail',
  'autonomy-shadow': 'the component is in shadow: decisions are recorded, nothing is done',
  'unlisted-shadow': 'the estate does not list the component, and what it does not list is in shadow',
  'autonomy-approve': 'the component needs the approval of a person',
  'unlisted-approve':
    'the estate does not list the component, and what it does not list needs the approval of a person',
  'class-breaker-open': 'remedies for this failure class keep failing: its breaker is open',
  'class-trial-under-way': 'the breaker of this failure class is trying one remedy; others wait for its end',
  'subject-breaker-open': 'remedies for this component keep failing or do not last: its breaker is open',
  'subject-trial-under-way': 'the breaker of this component is trying one remedy; others wait for its end',
  'no-budget': 'enough is being done to this workspace at the moment: the next ones wait',
  'autonomy-auto': 'the component may be repaired automatically',
  'unlisted-auto': 'what the estate does not list may be repaired automatically',
  approved: 'a person has approved it',
} as const;
export type GateReason = keyof typeof gateReasons;

type Rule = (facts: GateFacts) => GateVerdict | undefined;

const rules: readonly Rule[] = [
  ({ stop }) => stop && { gate: 'wait', because: 'stop-switch' },
  ({ remediationEnabled }) => (remediationEnabled ? undefined : { gate: 'shadow', because: 'remediation-disabled' }),
  ({ takenByHuman }) => (takenByHuman ? { gate: 'wait', because: 'taken-by-human' } : undefined),
  ({ window }) => window && left('in-maintenance-window', window),
  ({ freeze }) => freeze && left('change-freeze', freeze),
  ({ hold }) => hold && { gate: 'wait', because: 'workspace-on-hold' },
  ({ outage }) =>
    outage && {
      gate: 'wait',
      because: 'region-in-outage',
      ...(outage.askAgainAt === undefined ? {} : { until: outage.askAgainAt }),
    },
  ({ autonomy, listed }) =>
    autonomy === 'shadow' ? { gate: 'shadow', because: listed ? 'autonomy-shadow' : 'unlisted-shadow' } : undefined,
  ({ autonomy, approved, listed }) =>
    autonomy === 'approve' && !approved
      ? { gate: 'ask', because: listed ? 'autonomy-approve' : 'unlisted-approve' }
      : undefined,
  // A person who approves knows of it: silence is for those who do not.
  ({ silence, approved }) => (silence && !approved ? left('silenced', silence) : undefined),
  ({ hands }) => hands?.touched && left('touched-by-human', hands.touched),
  ({ hands }) => hands?.ownRetry && left('own-retry', hands.ownRetry),
  ({ classBreaker }) => refusedBy(classBreaker, 'class-breaker-open', 'class-trial-under-way'),
  ({ subjectBreaker }) => refusedBy(subjectBreaker, 'subject-breaker-open', 'subject-trial-under-way'),
];

export function askGate(facts: GateFacts): GateVerdict {
  for (const rule of rules) {
    const verdict = rule(facts);
    if (verdict) return verdict;
  }
  if (facts.approved) return { gate: 'open', because: 'approved' };
  return { gate: 'open', because: facts.listed ? 'autonomy-auto' : 'unlisted-auto' };
}

function left(because: GateReason, { words, until }: Kept): GateVerdict {
  return {
    gate: 'wait',
    because,
    ...(until === undefined ? {} : { until }),
    ...(words === undefined ? {} : { evidence: words }),
  };
}

function refusedBy(permission: Permission, open: GateReason, trial: GateReason): GateVerdict | undefined {
  if (permission.allowed) return undefined;
  if (permission.because === 'breaker-open') return { gate: 'wait', because: open, until: permission.until };
  // A trial ends long before its limit: whoever waits for it asks again after a while.
  return { gate: 'wait', because: trial };
}
