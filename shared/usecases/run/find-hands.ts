// Before an act: is somebody else at the component? A person who has just started, edited or stopped a cluster is not interfered with,
// and neither is Databricks bringing it up again by itself (E3). Its own events tell.
import { Refused } from '../../domain/errors.ts';
import { rulesOf } from '../../domain/estate/lookup.ts';
import { type ClusterId, isClusterId } from '../../domain/ids.ts';
import type { Hands } from '../../domain/playbooks/gate.ts';
import type { ClusterEvent, Workspace } from '../../ports/workspace.ts';
import type { RunPorts } from './ports.ts';
import type { Position } from './position.ts';

/** How long a cluster is left alone after somebody else's hand on it, in seconds of operations. */
const HANDS_OFF_SECONDS = 600;
const EVENTS = 50;

const STARTS: ReadonlySet<string> = new Set(['CREATING', 'STARTING', 'RESTARTING']);
const TOUCHES: ReadonlySet<string> = new Set([...STARTS, 'EDITED', 'RESIZING', 'TERMINATING']);

export async function findHands(ports: RunPorts, { file, run }: Position): Promise<Hands> {
  const { component } = file.incident;
  if (component.kind !== 'cluster' || !isClusterId(component.id)) return {};
  const workspace = ports.workspaces.get(run.workspace);
  const now = ports.clock.now().getTime();
  const lengthMs = ports.clock.millisecondsOf(HANDS_OFF_SECONDS);
  const events = await eventsSince(workspace, component.id, new Date(now - lengthMs).toISOString());
  // One that has to run always is repaired from somebody's stop as well: that stop is the failure itself (C3).
  const { alwaysOn } = rulesOf(ports.estate, component);
  const isRecent = ({ at }: ClusterEvent) => Date.parse(at) + lengthMs > now;
  const touches = events.filter(
    (event) => TOUCHES.has(event.type) && isRecent(event) && !(alwaysOn && event.type === 'TERMINATING'),
  );
  const leftAt = ({ at }: ClusterEvent) => new Date(Date.parse(at) + lengthMs).toISOString();
  const touched = await touchOfAnother(workspace, touches);
  const own = ownRetry(touches);
  return {
    ...(touched
      ? { touched: { words: `${touched.user}, ${touched.type} at ${touched.at}`, until: leftAt(touched) } }
      : {}),
    ...(own ? { ownRetry: { words: `${own.type} at ${own.at}`, until: leftAt(own) } } : {}),
  };
}

/** A cluster that the workspace no longer knows has none. */
async function eventsSince(workspace: Workspace, id: ClusterId, since: string): Promise<readonly ClusterEvent[]> {
  try {
    return await workspace.clusterEvents(id, since, EVENTS);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return [];
  }
}

/** Who we are is asked only when there is somebody whom we could be. */
async function touchOfAnother(
  workspace: Workspace,
  touches: readonly ClusterEvent[],
): Promise<ClusterEvent | undefined> {
  const named = touches.filter(({ user }) => user !== undefined);
  if (named.length === 0) return undefined;
  const me = await workspace.whoAmI();
  return named.find(({ user }) => user !== me);
}

/** The control plane's own acts name no user. Events come newest first: an end after the start ends the retry. */
function ownRetry(touches: readonly ClusterEvent[]): ClusterEvent | undefined {
  const newest = touches.find(({ type }) => STARTS.has(type) || type === 'TERMINATING');
  return newest && STARTS.has(newest.type) && newest.user === undefined ? newest : undefined;
}
