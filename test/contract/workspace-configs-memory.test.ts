import { MemoryWorkspace } from '../builders/memory-workspace.ts';
import { CONFIGURED, configsContract } from './workspace-configs-contract.ts';

configsContract('in memory', async () => {
  const time = { now: Date.parse('2026-11-20T08:00:00.000Z') };
  const workspace = new MemoryWorkspace({ now: () => new Date(time.now) });
  return {
    workspace,
    put: async (state, settings) => workspace.put(CONFIGURED, { state, settings }),
    putPool: async (pool) => workspace.pools.put({ ...pool, used: 0 }),
    pass: async (seconds) => {
      time.now += seconds * 1_000;
    },
    close: async () => {},
  };
});
