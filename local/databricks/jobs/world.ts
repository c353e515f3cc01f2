// What a run meets: the workspace with its clusters, the notebooks, the jobs beside it.
import type { FileStore } from '../files/file-store.ts';
import type { WorkspaceState } from '../state.ts';
import type { JobStore } from './job-store.ts';

export interface JobWorld {
  readonly workspace: WorkspaceState;
  readonly files: FileStore;
  readonly store: JobStore;
}

/** Seconds of real time, as this workspace lives them. */
export function ms(seconds: number, { workspace }: JobWorld): number {
  return (seconds * 1000) / workspace.timeScale;
}
