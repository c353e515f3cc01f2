// How a cluster's configuration is changed, and of which machines one can be made. What it is now is part of `Cluster`.
import type { NodeType } from '../domain/clusters/node-types.ts';
import type { ClusterId } from '../domain/ids.ts';
import type { Settings } from '../domain/runbooks/settings-change.ts';
import type { StartAnswer } from './answers.ts';
import type { LastLook } from './last-look.ts';

export interface ClusterConfigs {
  /**
   * Sets these settings, by path; null takes one away. Every other setting stays as it is, also those that this release does not know,
   * and entries of collections that hold secrets. A TERMINATED cluster takes it at its next start, a RUNNING one restarts.
   */
  update(id: ClusterId, set: Settings, lastLook: LastLook): Promise<StartAnswer>;
  nodeTypes(): Promise<readonly NodeType[]>;
}
