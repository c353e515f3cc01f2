// Whether a task may begin: what it depends on is over, and ended as its `run_if` asks.
import { endOf, type Fields, latestAttempts, type Run, type TaskRun } from './job.ts';
import { type End, ending } from './run-ends.ts';

export type Gate =
  | { readonly gate: 'shut' }
  | { readonly gate: 'open'; readonly at: number }
  | { readonly gate: 'skipped'; readonly at: number; readonly end: Omit<End, 'at'> };

type Condition = (results: readonly string[]) => boolean;

const isFailure = (result: string) => !['SUCCESS', 'EXCLUDED', 'DISABLED'].includes(result);
const CONDITIONS: Record<string, Condition> = {
  ALL_SUCCESS: (results) => results.every((result) => result === 'SUCCESS'),
  AT_LEAST_ONE_SUCCESS: (results) => results.includes('SUCCESS'),
  NONE_FAILED: (results) => !results.some(isFailure) && results.includes('SUCCESS'),
  ALL_DONE: () => true,
  AT_LEAST_ONE_FAILED: (results) => results.some(isFailure),
  ALL_FAILED: (results) => results.every(isFailure),
};

export const RUN_IF = Object.keys(CONDITIONS);

export function gateOf(task: TaskRun, run: Run): Gate {
  const awaited = dependenciesOf(task.settings);
  const upstream = latestAttempts(run).filter(({ key }) => awaited.includes(key));
  const ends = upstream.flatMap((other) => endOf(other) ?? []);
  if (ends.length < upstream.length) return { gate: 'shut' };
  // A repair begins later than the attempts it builds on ended.
  const begun = run.history.at(-1)?.startedAt ?? run.startedAt ?? run.createdAt;
  const at = Math.max(begun, ...upstream.map(({ stage }) => (stage.name === 'TERMINATED' ? stage.at : 0)));
  if (task.settings.disabled === true) return { gate: 'skipped', at, end: ending('DISABLED') };
  const results = ends.map(({ result }) => result);
  const wanted = String(task.settings.run_if ?? 'ALL_SUCCESS');
  if (results.length === 0 || CONDITIONS[wanted]?.(results)) return { gate: 'open', at };
  return { gate: 'skipped', at, end: skipped(wanted, results) };
}

export function dependenciesOf({ depends_on: list }: Fields): string[] {
  return Array.isArray(list) ? list.map((dependency) => String(Object(dependency).task_key)) : [];
}

function skipped(wanted: string, results: readonly string[]): Omit<End, 'at'> {
  if (wanted !== 'ALL_SUCCESS' || !results.some(isFailure)) {
    return ending('SKIPPED', 'The run condition was not met.', { result: 'EXCLUDED', type: 'SUCCESS' });
  }
  const isCanceled = results.some((result) => result === 'CANCELED' || result === 'UPSTREAM_CANCELED');
  if (isCanceled) return ending('SKIPPED', 'An upstream task was canceled.', { result: 'UPSTREAM_CANCELED' });
  return ending('SKIPPED', 'An upstream task failed.');
}
