// What the next step of a run would do if it went on now (E7): read from the world at this moment, within a bounded time, and for a person
// who decides about it. Nothing is changed anywhere.
import { LakewardenError } from '../../domain/errors.ts';
import type { Run } from '../../domain/runbooks/run.ts';
import type { IncidentFile } from '../../ports/incident-store.ts';
import type { RunPorts } from './ports.ts';
import { contextOf, positionOf } from './position.ts';

/** Real milliseconds: somebody waits for a page. */
const LIMIT_MS = 8_000;

export type FreshPlan =
  | {
      readonly read: true;
      readonly at: string;
      readonly title: string;
      /** What stands there now. */
      readonly now: string;
      /** Absent where it would do nothing by now. */
      readonly would?: string;
    }
  | { readonly read: false; readonly because: string };

export async function freshPlan(ports: RunPorts, file: IncidentFile, run: Run): Promise<FreshPlan> {
  const over = new AbortController();
  const late = ports.clock
    .sleep(LIMIT_MS, over.signal)
    .then((): FreshPlan => ({ read: false, because: `nothing was heard within ${LIMIT_MS / 1_000} s` }));
  // Aborted once nobody waits for it.
  late.catch(() => undefined);
  try {
    return await Promise.race([look(ports, file, run), late]);
  } finally {
    over.abort();
  }
}

async function look(ports: RunPorts, file: IncidentFile, run: Run): Promise<FreshPlan> {
  try {
    const position = positionOf(file, run);
    const verdict = await position.step.done(contextOf(ports, position));
    const would = verdict.is === 'not-done' ? { would: verdict.plan.text } : {};
    const at = ports.clock.now().toISOString();
    return { read: true, at, title: position.step.title, now: verdict.because, ...would };
  } catch (error) {
    if (!(error instanceof LakewardenError)) throw error;
    return { read: false, because: error.message };
  }
}
