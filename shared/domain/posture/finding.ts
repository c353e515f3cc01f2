// What was found out about the network or the configuration around a component, to be held against its failures (C7).
import type { FailureClass } from '../classification/failure-classes.ts';

export interface Finding {
  /** ISO instant at which it came to be so. */
  readonly at: string;
  /** For a person: what changed, where. */
  readonly text: string;
  /** Who found it: `activity-log`, `posture`, ... */
  readonly source: string;
}

/** Classes whose cause may lie in what somebody changed around the component. */
const classes: ReadonlySet<FailureClass> = new Set<FailureClass>([
  'DatabricksNetworkError',
  'DatabricksDnsError',
  'DatabricksStorageError',
  'DatabricksMetastoreError',
  'DatabricksConfigurationError',
  'DatabricksAuthorizationError',
]);
/** Codes of other classes that a cut connection ends in as well. */
const CODES = /NETWORK|DNS|NAT_|CONNECT|BOOTSTRAP|UNREACHABLE|MISCONFIG|FIREWALL|NSG/;

export function mayComeFromAround({ failureClass, code }: { failureClass: FailureClass; code: string }): boolean {
  return classes.has(failureClass) || CODES.test(code);
}

/** Newest first, as one sentence after another. */
export function findingWords(findings: readonly Finding[]): string {
  return findings.map(({ at, text }) => `Shortly before, at ${at}: ${text.replace(/[.]$/, '')}.`).join(' ');
}
