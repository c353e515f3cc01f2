import { MemoryWorkspace } from '../builders/memory-workspace.ts';
import { type WorkspaceStage, workspaceContract } from './workspace-contract.ts';

workspaceContract('in memory', async (): Promise<WorkspaceStage> => {
  const time = { now: Date.parse('2026-11-20T08:00:00.000Z') };
  const workspace = new MemoryWorkspace({ now: () => new Date(time.now) }, { clustersPerPage: 5 });
  return {
    workspace,
    put: async ({ id, answers = true, libraries = [], ...cluster }) => {
      workspace.put(id, cluster);
      if (!answers) workspace.silence(id);
      workspace.setLibraries(
        id,
        libraries.map(({ pypi, status, messages }) => ({ library: `pypi: ${pypi}`, status, messages })),
      );
    },
    crash: async (id, reason) => workspace.crash(id, reason),
    failNextStart: async (id, reason) => workspace.failNextStart(id, reason),
    trouble: async (kind, call) => workspace.order(kind, call, 1),
    pass: async (seconds) => {
      time.now += seconds * 1_000;
    },
    now: () => new Date(time.now).toISOString(),
    close: async () => {},
  };
});
