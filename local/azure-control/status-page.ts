// The simulated status page of Azure Databricks: Status.io's JSON, services by Azure region. `/_sim/status-page` is the hand of who keeps it.
import { z } from 'zod';
import type { KeptMap } from '../durable/kept-map.ts';
import type { Clock } from '../simulator/clock.ts';
import type { Answer, Request } from '../simulator/http-server.ts';
import { STATUS_CODES } from './refusals.ts';

/** The page of Azure Databricks. [seen] */
export const STATUS_PAGE_PATH = '/1.0/status/5d49ec10226b9e13cb6a422e';

const SERVICES = ['Compute', 'Jobs', 'SQL Warehouses', 'Workspace and Login', 'Unity Catalog'];
const REGIONS = [
  'Central US',
  'East US',
  'East US 2',
  'North Europe',
  'UK South',
  'West Europe',
  'West US',
  'West US 2',
];

const changeSchema = z.strictObject({
  /** All of them without a name. */
  service: z.string().min(1).optional(),
  region: z.string().min(1),
  code: z.int().refine((code) => Object.hasOwn(STATUS_CODES, code), 'is no code of Status.io'),
  /** Of an incident that is shown with it. */
  message: z.string().optional(),
});
type Change = z.infer<typeof changeSchema>;

const CELL = 'status-page/cell/';
const TAKEN_AWAY = 'status-page/without';

export interface StatusPage {
  serve(request: Request): Answer | undefined;
  control(request: Request): Answer | undefined;
}

export function createStatusPage(clock: Clock, kept: KeptMap): StatusPage {
  /** `service|region` -> code. */
  const codes = new Map(kept.under(CELL).map(([cell, code]) => [cell, Number(code)]));
  let without: string[] = z.array(z.string()).catch([]).parse(kept.under(TAKEN_AWAY)[0]?.[1]);
  let message: string | undefined;
  let updated = clock.now();

  function change({ service, region, code, message: words }: Change): void {
    for (const name of service === undefined ? SERVICES : [service]) {
      codes.set(`${name}|${region}`, code);
      kept.set(`${CELL}${name}|${region}`, code);
    }
    message = words ?? message;
    updated = clock.now();
  }

  function takeAway(regions: string[]): void {
    without = regions;
    kept.set(TAKEN_AWAY, regions);
  }

  function result(): unknown {
    const regions = REGIONS.filter((region) => !without.includes(region));
    const status = SERVICES.map((name) => {
      const containers = regions.map((region) => ({
        id: idOf(`${name}|${region}`),
        name: region,
        ...stateOf(codes.get(`${name}|${region}`) ?? 100),
      }));
      const worst = Math.max(...containers.map(({ status_code: code }) => code));
      return { id: idOf(name), name, ...stateOf(worst), updated: new Date(updated).toISOString(), containers };
    });
    const worst = Math.max(...status.map(({ status_code: code }) => code));
    return {
      result: {
        status_overall: { updated: new Date(updated).toISOString(), ...stateOf(worst) },
        status,
        incidents: worst > 200 && message ? [incidentOf(message, updated)] : [],
        maintenance: { active: [], upcoming: [] },
      },
    };
  }

  return {
    serve(request) {
      if (!request.url.pathname.startsWith('/1.0/status/')) return undefined;
      const isPage = request.url.pathname === STATUS_PAGE_PATH;
      return isPage ? { status: 200, body: result() } : { status: 404, body: { status: { error: 'yes' } } };
    },
    control(request) {
      const [, , area, verb = ''] = request.url.pathname.split('/');
      if (area !== 'status-page') return undefined;
      if (request.method === 'POST' && verb === '') change(parsed(changeSchema, request.body));
      else if (request.method === 'POST' && verb === 'without') takeAway(parsed(z.array(z.string()), request.body));
      else if (request.method !== 'GET') return undefined;
      return { status: 200, body: result() };
    },
  };
}

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const read = schema.safeParse(body);
  if (!read.success) throw new Error(z.prettifyError(read.error));
  return read.data;
}

function stateOf(code: number): { status: string; status_code: number } {
  return { status: STATUS_CODES[code] ?? 'Operational', status_code: code };
}

function incidentOf(details: string, at: number): unknown {
  const datetime = new Date(at).toISOString();
  const messages = [{ details, state: 100, status: 300, datetime }];
  return { _id: idOf(details), name: details.slice(0, 80), datetime_open: datetime, messages };
}

/** Twenty-four hexadecimal digits, the same for the same name. */
function idOf(name: string): string {
  return Buffer.from(name).toString('hex').padEnd(24, '0').slice(-24);
}
