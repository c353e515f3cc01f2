import { MemoryProvisioner, NOTHING } from '../builders/memory-provisioner.ts';
import { type ProvisionerStage, provisionerContract } from './provisioner-contract.ts';

provisionerContract('in memory', async (): Promise<ProvisionerStage> => {
  const time = { now: Date.parse('2026-11-20T08:00:00.000Z') };
  const provisioner = new MemoryProvisioner({ now: () => new Date(time.now) });
  const address = 'module.compute.databricks_cluster.inference_cluster';
  let made = 1;
  let standing: string | undefined = 'cluster-1';
  provisioner.put(address, {
    plan: () => (standing === undefined ? { ...NOTHING, additions: 1 } : NOTHING),
    apply: () => {
      made += 1;
      standing = `cluster-${made}`;
    },
    output: () => ['cluster_id', standing ?? ''],
  });
  return {
    provisioner,
    address,
    vanish: async () => {
      standing = undefined;
    },
    standing: async () => standing,
    trouble: async (kind, call) => provisioner.order(kind, call),
    lock: async (isLocked) => {
      provisioner.locked = isLocked;
    },
    failNext: async (phase) => {
      if (phase === 'plan') provisioner.failPlans += 1;
      else provisioner.failApplies += 1;
    },
    softFailPolicy: async () => {
      provisioner.needsDecision = true;
    },
    pass: async (seconds) => {
      time.now += seconds * 1_000;
    },
    close: async () => {},
  };
});
