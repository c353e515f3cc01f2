// What was found out about the surroundings of components. The activity log tells of changes; posture will add what it compares.
import type { Finding } from '../domain/posture/finding.ts';

export interface Findings {
  /** Those between two ISO instants that may concern a component of this workspace, newest first, a few at most. */
  between(workspace: string, from: string, until: string): Promise<readonly Finding[]>;
}
