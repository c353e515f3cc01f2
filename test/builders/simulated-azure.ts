// Azure's simulated side for a test, under a clock that the test moves.
import {
  type AzureControl,
  type AzureControlOptions,
  startAzureControl,
} from '../../local/azure-control/azure-control.ts';
import { call, type ManualClock, manualClock, type Reply } from './simulated-workspace.ts';

export const TENANT = '72f988bf-0000-4000-8000-2d7cd011db47';
export const HOOKS_APP = '5c1f0000-0000-4000-8000-00000000aaaa';
export const HOOKS_SECRET = 'caller-secret-of-a-test';
export const ARM_TOKEN = 'arm-token-of-a-test';
export const SUBSCRIPTION = '11111111-0000-4000-8000-000000000001';

export interface AzureBench {
  readonly clock: ManualClock;
  readonly azure: AzureControl;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  /** A token as ordered: claims over and above, or instead of, those of an action group. */
  token(order?: Record<string, unknown>): Promise<string>;
  stop(): Promise<void>;
}

export async function anAzure(
  options: Partial<AzureControlOptions> & { readonly clock?: ManualClock } = {},
): Promise<AzureBench> {
  const clock = options.clock ?? manualClock();
  const azure = await startAzureControl({
    tenantId: TENANT,
    hooksAppId: HOOKS_APP,
    hooksCallerSecret: HOOKS_SECRET,
    armToken: ARM_TOKEN,
    subscriptions: [SUBSCRIPTION],
    ...options,
    clock,
  });
  const reach = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
    call(azure.url + path, method, body, { authorization: `Bearer ${ARM_TOKEN}`, ...headers });
  return {
    clock,
    azure,
    call: reach,
    token: async (order = {}) => (await reach('POST', '/_sim/entra/tokens', order)).json.token,
    stop: () => azure.stop(),
  };
}
