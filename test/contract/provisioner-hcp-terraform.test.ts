// The adapter against the simulated HCP Terraform, over HTTP, which really creates clusters in a simulated Databricks workspace.

import { aTerraform, CLUSTER_ADDRESS, CLUSTER_ID, vanish } from '../builders/simulated-terraform.ts';
import { call } from '../builders/simulated-workspace.ts';
import { type ProvisionerStage, provisionerContract } from './provisioner-contract.ts';

const PATHS = { start: '/runs$', confirm: '/actions/apply$', read: '/runs/run-' } as const;
const TROUBLE = { refused: { kind: 'status', status: 422 }, 'lost-answer': { kind: 'lost-answer' } } as const;

provisionerContract('HCP Terraform, simulated', async (): Promise<ProvisionerStage> => {
  const bench = await aTerraform();
  return {
    provisioner: bench.provisioner,
    address: CLUSTER_ADDRESS,
    vanish: () => vanish(bench, CLUSTER_ID),
    async standing() {
      const { json } = await bench.call('GET', '/_sim/clusters');
      return json.find(({ cluster_name: name }: { cluster_name: string }) => name === 'inference')?.cluster_id;
    },
    async trouble(kind, name) {
      const fault = { match: { path: PATHS[name] }, fault: TROUBLE[kind], times: 1 };
      await call(`${bench.terraform}/_sim/faults`, 'POST', fault);
    },
    lock: async (locked) => void (await bench.conduct({ locked })),
    failNext: async (phase) => void (await bench.conduct(phase === 'plan' ? { failPlans: 1 } : { failApplies: 1 })),
    softFailPolicy: async () => void (await bench.conduct({ policy: 'soft-fails' })),
    pass: bench.pass,
    close: bench.stop,
  };
});
