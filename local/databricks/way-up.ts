// What will happen between the call that starts or restarts a cluster and its being RUNNING, or TERMINATED again.
import { after, type Cluster, type Due, type Moment, type TerminationReason } from './cluster.ts';
import { DURATION_SECONDS, INIT_SCRIPTS_AT } from './refusals.ts';

/** An order that waits for this start decides; without one, what is in the way. */
export function comeUp(cluster: Cluster, seconds: number, moment: Moment): Cluster {
  const [order, ...onStart] = cluster.onStart;
  const reason = order ? order.reason : moment.obstacle?.();
  if (reason) {
    const due = failing(
      cluster,
      { reason, afterSeconds: order?.afterSeconds ?? failureSeconds(reason, seconds) },
      moment,
    );
    return { ...cluster, onStart, due };
  }
  const upAfter = order?.afterSeconds ?? seconds;
  const up: Due = { at: after(moment, upAfter), change: { to: 'running' } };
  return { ...cluster, onStart, due: [...initScripts(cluster, upAfter, moment), up] };
}

interface Failing {
  readonly reason: TerminationReason;
  readonly afterSeconds: number;
}

function failing(cluster: Cluster, { reason, afterSeconds }: Failing, moment: Moment): Due[] {
  const at = after(moment, afterSeconds);
  const scripts = isInitScript(reason) ? initScripts(cluster, afterSeconds / INIT_SCRIPTS_AT.finished, moment) : [];
  return [
    ...scripts.filter((due) => due.at < at),
    ...(isCapacity(reason)
      ? [{ at, change: { to: 'note', type: 'ADD_NODES_FAILED', details: { reason } } } as const]
      : []),
    { at, change: { to: 'terminating', reason } },
    { at: after(moment, afterSeconds + DURATION_SECONDS.terminate), change: { to: 'terminated' } },
  ];
}

/** Machines are refused soon; an init script fails when it runs; nodes that never answer are given up late. */
function failureSeconds(reason: TerminationReason, startSeconds: number): number {
  if (isInitScript(reason)) return startSeconds * INIT_SCRIPTS_AT.finished;
  return reason.code.startsWith('BOOTSTRAP_TIMEOUT')
    ? DURATION_SECONDS.bootstrapTimeout
    : DURATION_SECONDS.startFailure;
}

function isInitScript({ code }: TerminationReason): boolean {
  return code === 'INIT_SCRIPT_FAILURE';
}

function isCapacity({ parameters = {} }: TerminationReason): boolean {
  return 'azure_error_code' in parameters || 'instance_pool_error_code' in parameters;
}

function initScripts(cluster: Cluster, seconds: number, moment: Moment): Due[] {
  if (!Array.isArray(cluster.spec.init_scripts) || cluster.spec.init_scripts.length === 0) return [];
  return [
    { at: after(moment, seconds * INIT_SCRIPTS_AT.started), change: { to: 'note', type: 'INIT_SCRIPTS_STARTED' } },
    { at: after(moment, seconds * INIT_SCRIPTS_AT.finished), change: { to: 'note', type: 'INIT_SCRIPTS_FINISHED' } },
  ];
}
