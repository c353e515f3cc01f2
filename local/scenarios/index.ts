// Every scenario of `npm run simulate`, in the order in which `list` shows them.

import { brokerDown, killApp, pauseApp, tablesDown } from './cloud-faults.ts';
import { clusterCrash } from './cluster-crash.ts';
import { notebookMissing, warehouseDown } from './found-by-poll.ts';
import { jobFailure } from './job-failure.ts';
import { massFailure } from './mass-failure.ts';
import { badConfig, quota, stockOut } from './obstacles.ts';
import { regionBrownout } from './region-brownout.ts';
import { lyingWitness, monitorOutage, ownNetworkBroken } from './region-noise.ts';
import { regionOutage } from './region-outage.ts';
import { INFERENCE_CLUSTER, type Scenario, type ScenarioArguments } from './scenario.ts';
import { secondFailure } from './second-failure.ts';
import { storm } from './storm.ts';
import { apiDown, slowApi, throttle } from './workspace-faults.ts';

export const scenarios: readonly Scenario[] = [
  clusterCrash,
  slowApi,
  throttle,
  apiDown,
  brokerDown,
  tablesDown,
  killApp,
  pauseApp,
  secondFailure,
  storm,
  massFailure,
  warehouseDown,
  notebookMissing,
  stockOut,
  quota,
  badConfig,
  jobFailure,
  ownNetworkBroken,
  regionOutage,
  regionBrownout,
  lyingWitness,
  monitorOutage,
];

export const COMMON_DEFAULTS: ScenarioArguments = {
  cluster: INFERENCE_CLUSTER,
  code: 'DRIVER_UNREACHABLE',
  forMs: 10_000,
  count: 50,
  cause: 'cluster',
};
