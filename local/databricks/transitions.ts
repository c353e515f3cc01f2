// What a cluster does: a pure state machine, in which every function takes a cluster and a moment and answers the cluster after it.
// What will happen by itself is a list of dated changes, and happens when somebody looks (`settle`): there are no timers.
import {
  after,
  type Cluster,
  type Due,
  type Moment,
  note,
  sizeIn,
  type TerminationReason,
  wantedWorkers,
  withoutSize,
} from './cluster.ts';
import { capitalised, unexpectedState } from './errors.ts';
import { DURATION_SECONDS, START_LAG_SECONDS } from './refusals.ts';
import { comeUp } from './way-up.ts';

/** Lets everything happen that is due by now, each at its own time. */
export function settle(cluster: Cluster, now: number): Cluster {
  const [next, ...rest] = cluster.due;
  if (!next || next.at > now) return cluster;
  return settle(happen({ ...cluster, due: rest }, next), now);
}

export function start(cluster: Cluster, moment: Moment): Cluster {
  if (cluster.state !== 'TERMINATED') throw unexpectedState(cluster.id, cluster.state);
  const { state, stateMessage, terminationReason } = cluster;
  const stale = {
    since: moment.now,
    until: after(moment, START_LAG_SECONDS),
    shown: { state, stateMessage, terminationReason },
  };
  return launch({ ...cluster, stale }, 'STARTING', moment);
}

/** The way up that creation, start and a forced PENDING have in common. */
export function launch(cluster: Cluster, cause: 'CREATING' | 'STARTING', moment: Moment): Cluster {
  const pending = {
    ...cluster,
    state: 'PENDING' as const,
    stateMessage: 'Finding instances for new nodes, acquiring more instances if necessary',
    terminationReason: undefined,
    workers: 0,
  };
  return note(comeUp(pending, DURATION_SECONDS.start, moment), moment.now, cause, by(moment));
}

export function restart(cluster: Cluster, moment: Moment): Cluster {
  if (cluster.state !== 'RUNNING') throw unexpectedState(cluster.id, cluster.state);
  const restarting = {
    ...cluster,
    state: 'RESTARTING' as const,
    stateMessage: 'Restarting Spark',
    lastStateLossTime: moment.now,
    sparkContextId: contextId(cluster, moment.now),
  };
  return note(comeUp(restarting, DURATION_SECONDS.restart, moment), moment.now, 'RESTARTING', by(moment));
}

export function resize(cluster: Cluster, size: Record<string, unknown>, moment: Moment): Cluster {
  if (cluster.state !== 'RUNNING') throw unexpectedState(cluster.id, cluster.state);
  const spec = { ...withoutSize(cluster.spec), ...size };
  const at = after(moment, DURATION_SECONDS.resize);
  const reason = moment.obstacle?.();
  const due: Due[] = [{ at, change: reason ? { to: 'not-resized', reason } : { to: 'running' } }];
  const stateMessage = 'Resizing cluster';
  const details = {
    cause: 'USER_REQUEST',
    current_num_workers: cluster.workers,
    target_num_workers: wantedWorkers(spec),
  };
  return note({ ...cluster, spec, state: 'RESIZING', stateMessage, due }, moment.now, 'RESIZING', {
    ...by(moment),
    ...details,
  });
}

/** A running cluster restarts to take its new settings; a terminated one takes them at its next start. */
export function edit(cluster: Cluster, spec: Record<string, unknown>, moment: Moment): Cluster {
  if (cluster.state !== 'RUNNING' && cluster.state !== 'TERMINATED') throw unexpectedState(cluster.id, cluster.state);
  const details = {
    ...by(moment),
    attributes: withoutSize(spec),
    previous_attributes: withoutSize(cluster.spec),
    cluster_size: sizeIn(spec),
    previous_cluster_size: sizeIn(cluster.spec),
  };
  const edited = note({ ...cluster, spec }, moment.now, 'EDITED', details);
  return edited.state === 'RUNNING' ? restart(edited, moment) : edited;
}

/** Ends a cluster that is up or coming up; on one that is down nothing happens. */
export function terminate(cluster: Cluster, reason: TerminationReason, moment: Moment): Cluster {
  if (cluster.state === 'TERMINATING' || cluster.state === 'TERMINATED') return cluster;
  const due = [{ at: after(moment, DURATION_SECONDS.terminate), change: { to: 'terminated' } as const }];
  return note(goDown({ ...cluster, due }, reason, moment.now), moment.now, 'TERMINATING', { ...by(moment), reason });
}

/** RUNNING, at once: what the end of every way up does. */
export function run(cluster: Cluster, at: number): Cluster {
  const workers = wantedWorkers(cluster.spec);
  const size = { current_num_workers: workers, target_num_workers: workers };
  if (cluster.state === 'RESIZING') {
    // Fewer nodes have no event of their own.
    if (workers < cluster.workers) return { ...cluster, state: 'RUNNING', stateMessage: '', workers };
    return note({ ...cluster, state: 'RUNNING', stateMessage: '', workers }, at, 'UPSIZE_COMPLETED', size);
  }
  const running: Cluster = {
    ...cluster,
    state: 'RUNNING',
    stateMessage: '',
    terminationReason: undefined,
    // The time it came up, not the time it was asked to: a real job cluster shows it minutes after start_time.
    lastRestartedTime: Math.round(at),
    sparkContextId: contextId(cluster, at),
    workers,
  };
  return note(
    note(running, at, 'RUNNING', size),
    at,
    cluster.driverAnswers ? 'DRIVER_HEALTHY' : 'DRIVER_NOT_RESPONDING',
  );
}

/** RUNNING with the nodes it has: the size wanted is shown all the same, and only an event says why it is not reached. */
function stayThatSize(cluster: Cluster, reason: TerminationReason, at: number): Cluster {
  const size = { current_num_workers: cluster.workers, target_num_workers: wantedWorkers(cluster.spec) };
  return note({ ...cluster, state: 'RUNNING', stateMessage: '' }, at, 'ADD_NODES_FAILED', { ...size, reason });
}

/** On the way down, with its reason; the end is dated by whoever calls. */
export function goDown(cluster: Cluster, reason: TerminationReason, at: number): Cluster {
  return {
    ...cluster,
    state: 'TERMINATING',
    stateMessage: messageFor(reason),
    terminationReason: reason,
    lastStateLossTime: Math.round(at),
    stale: undefined,
  };
}

export function beDown(cluster: Cluster, at: number): Cluster {
  return { ...cluster, state: 'TERMINATED', terminatedTime: Math.round(at), workers: 0, due: [] };
}

function happen(cluster: Cluster, { at, change }: Due): Cluster {
  switch (change.to) {
    case 'running':
      return run(cluster, at);
    case 'not-resized':
      return stayThatSize(cluster, change.reason, at);
    case 'terminating':
      return note(goDown(cluster, change.reason, at), at, 'TERMINATING', { reason: change.reason });
    case 'terminated':
      return beDown(cluster, at);
    case 'note':
      return note(cluster, at, change.type, change.details);
  }
}

function messageFor({ code, parameters = {} }: TerminationReason): string {
  if (code === 'INACTIVITY')
    return `Inactive cluster terminated (inactive for ${parameters.inactivity_duration_min ?? 60} minutes).`;
  if (code === 'USER_REQUEST') return `Terminated by user ${parameters.username ?? 'unknown'}`;
  const said = parameters.databricks_error_message ?? parameters.azure_error_message;
  return `${capitalised(code).replaceAll('_', ' ')}${said ? `: ${said}` : ''}`;
}

function by({ user }: Moment): Record<string, unknown> {
  return user === undefined ? {} : { user };
}

/** A new one per Spark driver; below 2^53, where real ones are not always. */
function contextId(cluster: Cluster, at: number): number {
  return Math.round(at) * 1000 + (cluster.sparkContextId % 1000);
}
