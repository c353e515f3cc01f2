// Stage: a failure that speaks of network, name resolution or configuration is joined with what changed around the component shortly before (C7).
import type { Classification } from '../../domain/classification/classify.ts';
import { type Finding, mayComeFromAround } from '../../domain/posture/finding.ts';
import type { SignalPorts } from './ports.ts';
import type { Trail } from './trail.ts';

/** A change works out on the next start of a cluster, which may be a while later; in seconds of operations. */
const REACH_SECONDS = 7200;

export async function joinFindings(
  { findings, clock }: SignalPorts,
  about: {
    readonly workspace: string | null;
    readonly classification: Classification;
    readonly failedAt?: string | undefined;
  },
  trail: Trail,
): Promise<readonly Finding[]> {
  const { workspace, classification, failedAt } = about;
  if (workspace === null || !mayComeFromAround(classification)) return [];
  const until = failedAt ?? clock.now().toISOString();
  const reachMs = clock.millisecondsOf(REACH_SECONDS);
  const from = new Date(Date.parse(until) - reachMs).toISOString();
  const found = await findings.between(workspace, from, until);
  if (found.length > 0) trail.note('posture', 'joined', 'changed-shortly-before', { findings: found });
  return found;
}
