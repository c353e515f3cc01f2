// Names of the remedies: an estate may name them, and a run's rows do. Each is a step of `shared/steps/remedies`.

export const remedyIds = [
  'restart-cluster',
  'use-on-demand',
  'change-node-type',
  'scale-down',
  'scale-up',
  'raise-pool-capacity',
  'rollback-config',
  'restart-warehouse',
  'resize-warehouse',
  'recover-run',
  'restore-notebook',
  'recreate-by-terraform',
  'release-components',
] as const;

export type RemedyId = (typeof remedyIds)[number];

export function isRemedyId(id: string): id is RemedyId {
  return remedyIds.some((known) => known === id);
}
