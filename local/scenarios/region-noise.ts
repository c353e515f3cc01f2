// What looks like an outage of a region and is none: our own network is broken, one witness alone cries, or Azure Monitor is what is wrong.
import * as z from 'zod';
import type { StackFile } from '../stack/stack-file.ts';
import { metricAlert, sendAlerts, statusPageSays, whileAzureIsSilent, whileAzureTells } from './azure.ts';
import { line } from './follow.ts';
import {
  beginHealthy,
  eventually,
  fatesThatSay,
  type Played,
  PRIMARY_REGION,
  playMinutes,
  regionIn,
  regionIncidents,
  untilHealthy,
} from './regions.ts';
import { notWell, overWell, type Scenario, type Scene, type Verdict } from './scenario.ts';

/** Longer than a steady fault needs to be called an outage. */
const MINUTES = 5;
const ALERTS = 10;
const SETTLED_LIMIT_MS = 60_000;
/** The lists by which Resource Manager tells of alerts and health events. */
const RESOURCE_MANAGER = '^/subscriptions/';
const incidentsSchema = z.looseObject({ value: z.array(z.looseObject({ id: z.string(), state: z.string() })) });

export const ownNetworkBroken: Scenario = {
  name: 'own-network-broken',
  summary:
    'every line by which the app looks outside is blocked at our side: nobody knows anything, and nothing is out',
  takes: [],
  run: (scene) =>
    bearNoise(scene, {
      verdict: 'unknown',
      regions: 'all',
      during: async (since, looks) => {
        await control(scene.stack, '/network/block');
        scene.say(line(Date.now(), since, 'network', 'every line that leads out is blocked'));
        try {
          return await looks();
        } finally {
          await control(scene.stack, '/network/open');
          scene.say(line(Date.now(), since, 'network', 'the lines are open again'));
        }
      },
    }),
};

export const lyingWitness: Scenario = {
  name: 'lying-witness',
  summary: 'the status page alone, then Service Health alone, calls the region out while all else is well: no outage',
  takes: [],
  run: async (scene) => {
    const page = await bearNoise(scene, {
      verdict: 'healthy',
      cries: 'databricks-status-page',
      during: statusPageCries(scene),
    });
    if (page.verdict === 'not-well') return page;
    return await bearNoise(scene, { verdict: 'healthy', cries: 'service-health', during: serviceHealthCries(scene) });
  },
};

export const monitorOutage: Scenario = {
  name: 'monitor-outage',
  summary: 'Azure Monitor is down: a burst of alerts, a Service Health incident about it, silent lists; no outage',
  takes: [],
  run: (scene) => bearNoise(scene, { verdict: 'healthy', during: monitorFails(scene) }),
};

type During = (since: number, looks: () => Promise<Played>) => Promise<Played>;

interface Noise {
  /** What the regions are to be called while it lasts. */
  readonly verdict: string;
  /** The primary one without. */
  readonly regions?: 'all';
  /** The fate of who has to be heard calling it out. */
  readonly cries?: string;
  readonly during: During;
}

/** Plays some minutes under it: the verdict is the expected one, no region gets an incident, and all are well afterwards. */
async function bearNoise(scene: Scene, { verdict, regions: which, cries, during }: Noise): Promise<Verdict> {
  await beginHealthy(scene);
  const since = Date.now();
  const never = () => false;
  const { regions, verdicts } = await during(since, () => playMinutes(scene, { since, most: MINUTES, until: never }));
  const primary = regionIn(regions, PRIMARY_REGION);
  const judged = which === 'all' ? regions : [primary];
  const otherwise = judged.find((region) => region.verdict !== verdict);
  if (otherwise) return notWell(`${otherwise.region} is ${otherwise.verdict} and not ${verdict}: ${otherwise.words}`);
  const wrong = verdicts.find((each) => each !== verdict && each !== 'healthy');
  if (wrong !== undefined) return notWell(`in between the region was called ${wrong}`);
  const heard = fatesThatSay('outage', primary);
  if (cries !== undefined && !heard.includes(cries)) return notWell(`${cries} was not heard: ${primary.words}`);
  scene.say(line(Date.now(), since, 'still', `after ${MINUTES} minutes: ${primary.words}`));
  const back = await untilHealthy(scene, since);
  if (!back.isReached) return notWell(`${back.minutes} minutes later: ${regionIn(back.regions, PRIMARY_REGION).words}`);
  const opened = await regionIncidents(scene, since);
  return opened === undefined ? overWell(`no region was called out, and none has an incident`) : notWell(opened);
}

function statusPageCries({ stack, say }: Scene): During {
  return async (since, looks) => {
    await statusPageSays(stack, 500);
    say(line(Date.now(), since, 'status-page', 'says 500 (service disruption) for all services of East US'));
    try {
      return await looks();
    } finally {
      await statusPageSays(stack, 100);
    }
  };
}

function serviceHealthCries({ stack, say }: Scene): During {
  const title = 'Azure Databricks - East US - Workspaces may not be reachable';
  return (since, looks) =>
    whileAzureTells(stack, { title, services: ['Azure Databricks'] }, (trackingId) => {
      say(line(Date.now(), since, 'service-health', `${trackingId}: ${title}`));
      return looks();
    });
}

function monitorFails({ stack, say }: Scene): During {
  const told = { title: 'Azure Monitor - East US - Alerts are wrong', services: ['Azure Monitor', 'Log Analytics'] };
  return (since, looks) =>
    whileAzureTells(stack, told, async (trackingId) => {
      say(line(Date.now(), since, 'service-health', `${trackingId}: ${told.title}`));
      const firedAt = Date.now();
      const alerts = Array.from({ length: ALERTS }, (_, n) => ({
        guid: crypto.randomUUID(),
        rule: `clusters-${n}`,
        firedAt,
      }));
      const fired = alerts.map((alert) => metricAlert(alert, 'Fired'));
      await sendAlerts(stack, 'monitor-alert', fired);
      say(
        line(
          Date.now(),
          since,
          'alerts',
          `${ALERTS} metric alerts fire on databricks-dev; Resource Manager falls silent`,
        ),
      );
      const played = await whileAzureIsSilent(stack, RESOURCE_MANAGER, looks);
      const resolved = alerts.map((alert) => metricAlert(alert, 'Resolved'));
      await sendAlerts(stack, 'monitor-alert', resolved);
      await untilClosed(
        stack,
        alerts.map(({ guid }) => guid),
      );
      say(line(Date.now(), since, 'alerts', 'all of them are resolved, and their incidents over'));
      return played;
    });
}

async function untilClosed(stack: StackFile, guids: readonly string[]): Promise<void> {
  const isOver = await eventually(Date.now() + SETTLED_LIMIT_MS, async () => {
    const found = await Promise.all(guids.map((guid) => newest(stack, `azure-alert/${guid}`)));
    return found.every((state) => state === 'resolved' || state === 'closed') ? true : undefined;
  });
  if (!isOver) throw new Error('the incidents of the alerts are not over');
}

async function newest({ app, apiKey }: StackFile, subject: string): Promise<string | undefined> {
  const query = new URLSearchParams({ subject, pageSize: '1' });
  const response = await fetch(`${app}/api/incidents?${query}`, { headers: { 'x-api-key': apiKey } });
  return incidentsSchema.parse(await response.json()).value[0]?.state;
}

async function control({ control: url, adminKey }: StackFile, order: string): Promise<void> {
  const headers = { 'x-admin-key': adminKey, 'content-type': 'application/json' };
  const response = await fetch(`${url}${order}`, { method: 'POST', headers, body: '{}' });
  if (!response.ok) throw new Error(`the control endpoint answers ${response.status}: ${await response.text()}`);
}
