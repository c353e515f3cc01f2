// Jobs or clusters (C2)? A failed run is judged by its failed tasks, and a task whose cluster failed by the reason of the cluster.
// What its cluster or the platform did to it can be recovered; what the job does itself is a person's.
import type { TerminationReason } from '../signals/signal.ts';
import { type Classification, classify } from './classify.ts';
import type { FailureClass } from './failure-classes.ts';
import { runVerdictOf } from './run-termination-codes.ts';
import type { Retry } from './termination-codes.ts';

export interface RunCluster {
  readonly id: string;
  /** `JOB` and `PIPELINE`: made for the run, and gone with it. */
  readonly source: string;
  readonly reason?: TerminationReason | undefined;
}

export interface FailedPart {
  /** Of the run itself where it is missing. */
  readonly task?: string;
  readonly code: string;
  readonly message: string;
  readonly cluster?: RunCluster | undefined;
}

interface Cause {
  readonly part: FailedPart;
  readonly benign: boolean;
  readonly recoverable: boolean;
  readonly failureClass: FailureClass;
  readonly code: string;
  readonly known: boolean;
  readonly retry: Retry;
  readonly regionSignal: Classification['regionSignal'];
  readonly rule: string;
  readonly why: string;
}

/** As Jobs prints it when a cluster was lost (facts/databricks.md 2.1). */
const REASON_IN_MESSAGE = /Reason: ([A-Z0-9_]+) \(([A-Z_]*)\)/;
const MOST_PARTS = 10;
/** A cluster that was made for the run always ends with it, and one with nothing to do after it: that says nothing about a failure. */
const ENDS_AFTER: ReadonlySet<string> = new Set(['JOB_FINISHED', 'INACTIVITY']);

/** A cluster that others use too, and that is a subject of its own: it is never acted on for one of its jobs. */
export function isShared({ source }: Pick<RunCluster, 'source'>): boolean {
  return source !== 'JOB' && !source.startsWith('PIPELINE');
}

/** `parts` is never empty: the run itself where no task failed by itself. */
export function classifyRun(parts: readonly FailedPart[]): Classification {
  const causes = parts.map(causeOf);
  const cause = causes.find(({ benign }) => benign) ?? causes.find(({ recoverable }) => !recoverable) ?? causes[0];
  if (!cause) throw new RangeError('a failed run without anything that failed');
  const { benign, recoverable, failureClass, code, known, retry, regionSignal, rule, why } = cause;
  return {
    failureClass: recoverable ? 'DatabricksJobInterrupted' : failureClass,
    code,
    known,
    benign,
    action: benign ? 'IGNORE' : recoverable || failureClass === 'DatabricksJobFailed' ? 'RERUN' : 'TICKET',
    retry,
    regionSignal,
    rule,
    why,
    evidence: { failed: causes.slice(0, MOST_PARTS).map(evidenceOf), why },
  };
}

function causeOf(part: FailedPart): Cause {
  const verdict = runVerdictOf(part.code);
  const rule = `run-code:${part.code}`;
  const base = { part, code: part.code, known: true, benign: false, regionSignal: 0, rule } as const;
  if (!verdict) {
    const why = 'Nobody knows this code of a run';
    return { ...base, known: false, recoverable: false, failureClass: 'DatabricksUnknown', retry: 'no', why };
  }
  const { fault, failureClass, retry, why } = verdict;
  if (fault === 'none') return { ...base, benign: true, recoverable: false, failureClass, retry, why };
  const reason = fault === 'job' ? undefined : reasonOf(part);
  if (reason) return { ...base, ...causeOfCluster(part, reason) };
  const waitsForCluster = fault === 'cluster' && part.cluster !== undefined && isShared(part.cluster) && retry !== 'no';
  const recoverable = fault !== 'job' && (retry !== 'no' || waitsForCluster);
  return { ...base, recoverable, failureClass, retry, why };
}

/** The cluster's own word; where nobody can ask the cluster any more, what the run says of it. */
function reasonOf({ cluster, message }: FailedPart): TerminationReason | undefined {
  if (cluster?.reason && !ENDS_AFTER.has(cluster.reason.code)) return cluster.reason;
  const [, code, type = ''] = REASON_IN_MESSAGE.exec(message) ?? [];
  if (code === undefined || ENDS_AFTER.has(code)) return undefined;
  return { code, parameters: {}, ...(type === '' ? {} : { type }) };
}

/** A shared cluster is its own incident's, whatever that takes; a run's own is made anew, unless that cannot help. */
function causeOfCluster({ cluster }: FailedPart, reason: TerminationReason): Omit<Cause, 'part'> {
  const { failureClass, code, known, benign, retry, regionSignal, rule, why } = classify(reason);
  const cause = { code, known, benign: false, regionSignal, rule } as const;
  if (benign) {
    const stopped = `Its cluster was ended, which was no failure of the cluster: ${why}`;
    return { ...cause, recoverable: false, failureClass: 'DatabricksJobFailed', retry: 'no', why: stopped };
  }
  const recoverable = (cluster !== undefined && isShared(cluster)) || retry !== 'no';
  return { ...cause, recoverable, failureClass, retry, why };
}

function evidenceOf({ part, code, rule }: Cause): Record<string, unknown> {
  const { task = null, code: said, message, cluster } = part;
  return {
    task,
    said,
    code,
    rule,
    message: message.slice(0, 300),
    cluster: cluster?.id ?? null,
    source: cluster?.source ?? null,
  };
}
