// The simulated HCP Terraform over a simulated Databricks workspace, both under one clock that the test moves, with our adapters on them.
import { startTerraform, type TerraformOptions } from '../../local/terraform/terraform.ts';
import { HcpTerraformProvisioner } from '../../shared/adapters/hcp-terraform/hcp-terraform-provisioner.ts';
import { aWorkspace, type Bench, call, type Reply, TOKEN } from './simulated-workspace.ts';

export const TERRAFORM_TOKEN = 'user.atlasv1.test-token';
export const ORGANIZATION = 'data-platform';
export const WORKSPACE = 'databricks-dev';
export const CLUSTER_ID = '0424-035941-pl8ku9sr';
export const CLUSTER_ADDRESS = 'module.compute.databricks_cluster.inference_cluster';
export const OTHER_ID = '0424-043008-so9kse51';
export const OTHER_ADDRESS = 'module.compute.databricks_cluster.monitoring_cluster';

export interface TerraformBench extends Bench {
  readonly terraform: string;
  readonly provisioner: HcpTerraformProvisioner;
  /** A call to HCP Terraform as its own clients send it. */
  api(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  /** What a person of the organization does. */
  conduct(change: Record<string, unknown>): Promise<Reply>;
  /** Lets time pass in both, with everything that they do meanwhile. */
  pass(seconds: number): Promise<void>;
}

const component = (address: string, id: string, name: string) => ({
  address,
  id,
  name,
  type: 'databricks_cluster' as const,
});

export async function aTerraform(options: Partial<TerraformOptions> = {}): Promise<TerraformBench> {
  const bench = await aWorkspace({
    clusters: [
      { cluster_id: CLUSTER_ID, cluster_name: 'inference', num_workers: 2 },
      { cluster_id: OTHER_ID, cluster_name: 'monitoring', num_workers: 1 },
    ],
  });
  const access = { url: bench.workspace.url, token: TOKEN };
  const components = [
    component(CLUSTER_ADDRESS, CLUSTER_ID, 'inference'),
    component(OTHER_ADDRESS, OTHER_ID, 'monitoring'),
  ];
  const simulated = await startTerraform({
    token: TERRAFORM_TOKEN,
    clock: bench.clock,
    workspaces: [{ organization: ORGANIZATION, name: WORKSPACE, role: 'primary', components }],
    databricks: { primary: access, dr: access },
    ...options,
  });
  async function pass(seconds: number): Promise<void> {
    for (let left = seconds; left > 0; left -= 1) {
      bench.clock.advance(Math.min(1, left));
      await simulated.settled();
    }
  }
  const begun = bench.clock.now();
  const provisioner = new HcpTerraformProvisioner({
    organization: ORGANIZATION,
    workspace: WORKSPACE,
    origin: simulated.url,
    token: TERRAFORM_TOKEN,
    elapsedMilliseconds: () => bench.clock.now() - begun,
    sleep: (milliseconds) => pass(milliseconds / 1000),
  });
  return {
    ...bench,
    terraform: simulated.url,
    provisioner,
    pass,
    api: (method, path, body, headers) =>
      call(`${simulated.url}/api/v2${path}`, method, body, {
        authorization: `Bearer ${TERRAFORM_TOKEN}`,
        'content-type': 'application/vnd.api+json',
        ...headers,
      }),
    conduct: (change) => call(`${simulated.url}/_sim/workspaces/${WORKSPACE}`, 'PATCH', change),
    stop: async () => {
      await simulated.stop();
      await bench.stop();
    },
  };
}

export async function vanish(bench: Bench, id: string): Promise<void> {
  const { status } = await bench.call('DELETE', `/_sim/clusters/${id}`);
  if (status !== 204) throw new Error(`cluster ${id}: ${status}`);
}

/** Names of the clusters that stand there now. */
export async function clusterNames(bench: Bench): Promise<string[]> {
  const { json } = await bench.call('GET', '/_sim/clusters');
  return json.map((cluster: { cluster_name: string }) => cluster.cluster_name).sort();
}
