// The gate in front of every act: one ordered list of rules, each with its reason. The first that speaks decides (E3).

export type Autonomy = 'shadow' | 'approve' | 'auto';

export interface GateFacts {
  /** AUTO_REMEDIATION_ENABLED. */
  readonly remediationEnabled: boolean;
  readonly autonomy: Autonomy;
  /** Whether the estate names the component. */
  readonly listed: boolean;
}

export type GateVerdict =
  | { readonly gate: 'open'; readonly because: string }
  /** Decide and record, do nothing. */
  | { readonly gate: 'shadow'; readonly because: string }
  /** A person has to decide. */
  | { readonly gate: 'ask'; readonly because: string };

type Rule = (facts: GateFacts) => GateVerdict | undefined;

const rules: readonly Rule[] = [
  (facts) => (facts.remediationEnabled ? undefined : { gate: 'shadow', because: 'remediation-disabled' }),
  (facts) =>
    facts.autonomy === 'shadow'
      ? { gate: 'shadow', because: facts.listed ? 'autonomy-shadow' : 'unlisted-shadow' }
      : undefined,
  (facts) =>
    facts.autonomy === 'approve'
      ? { gate: 'ask', because: facts.listed ? 'autonomy-approve' : 'unlisted-approve' }
      : undefined,
];

export function askGate(facts: GateFacts): GateVerdict {
  for (const rule of rules) {
    const verdict = rule(facts);
    if (verdict) return verdict;
  }
  return { gate: 'open', because: facts.listed ? 'autonomy-auto' : 'unlisted-auto' };
}

/** Why the gate is not open, for a person. */
export const gateReasons: Readonly<Record<string, string>> = {
  'remediation-disabled': 'automatic remediation is switched off (AUTO_REMEDIATION_ENABLED)',
  'autonomy-shadow': 'the component is in shadow: decisions are recorded, nothing is done',
  'unlisted-shadow': 'the estate does not list the component, and what it does not list is in shadow',
  'autonomy-approve': 'the component needs the approval of a person',
  'unlisted-approve':
    'the estate does not list the component, and what it does not list needs the approval of a person',
  'autonomy-auto': 'the component may be repaired automatically',
  'unlisted-auto': 'what the estate does not list may be repaired automatically',
};
