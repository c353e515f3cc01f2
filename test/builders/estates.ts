// Estates that differ from the reference one in what a test is about.
import type { Component } from '../../shared/domain/estate/components.ts';
import type { Estate } from '../../shared/domain/estate/estate.ts';

/** With these components in the primary workspace, in place of those of the same kind and id. */
export function withComponents(...added: readonly Component[]): (estate: Estate) => Estate {
  return (estate) => ({
    ...estate,
    pairs: estate.pairs.map((pair) => {
      const kept = pair.primary.components.filter(
        (one) => !added.some(({ kind, id }) => kind === one.kind && id === one.id),
      );
      return { ...pair, primary: { ...pair.primary, components: [...kept, ...added] } };
    }),
  });
}

type Job = Extract<Component, { kind: 'job' }>;

export function aJob(id: string, more: Partial<Omit<Job, 'kind' | 'id'>> = {}): Job {
  const common = { alwaysOn: false, critical: false, maintenanceWindows: [], playbooks: {} };
  return { kind: 'job', id, name: 'nightly', autonomy: 'auto', ...common, writes: [], rerun: 'check', ...more };
}
