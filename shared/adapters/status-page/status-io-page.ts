// The StatusPage port over Status.io's JSON: services, and below each its regions (facts/integrations.md 4). Whatever is not that JSON, a
// page of HTML above all, is not readable; what has no known code is unknown: never fine.
import * as z from 'zod';
import { regionName } from '../../domain/regions/region-name.ts';
import type { ServiceState, ServiceStatus, StatusReading } from '../../domain/regions/status-reading.ts';
import type { StatusPage } from '../../ports/status-page.ts';

export interface StatusIoOptions {
  readonly url: string;
  readonly deadlineSeconds?: number;
}

const DEADLINE_SECONDS = 10;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

const CODES: Readonly<Record<number, ServiceStatus>> = {
  100: 'operational',
  200: 'maintenance',
  300: 'degraded',
  400: 'partial-outage',
  500: 'outage',
  600: 'security',
};

const stateSchema = z.object({ name: z.string().max(200), status_code: z.number().optional().catch(undefined) });
const pageSchema = z.object({
  result: z.object({
    status: z
      .array(z.object({ ...stateSchema.shape, containers: z.array(stateSchema).max(500) }))
      .min(1)
      .max(500),
  }),
});

export class StatusIoPage implements StatusPage {
  readonly #options: StatusIoOptions;

  constructor(options: StatusIoOptions) {
    this.#options = options;
  }

  async read(): Promise<StatusReading> {
    try {
      const response = await this.#ask();
      if (!response.ok) return unreadable(`it answered ${response.status}`);
      const text = await beginning(response);
      return text === undefined ? unreadable('its answer is too large') : readingOf(text);
    } catch (error) {
      return unreadable(wordsOf(error));
    }
  }

  #ask(): Promise<Response> {
    const { url, deadlineSeconds = DEADLINE_SECONDS } = this.#options;
    return fetch(url, {
      headers: { accept: 'application/json', 'user-agent': 'lakewarden' },
      redirect: 'manual',
      signal: AbortSignal.timeout(deadlineSeconds * 1_000),
    });
  }
}

function readingOf(text: string): StatusReading {
  const page = pageSchema.safeParse(JSON.parse(text));
  if (!page.success) return unreadable('its JSON is not that of Status.io');
  const regions = new Map<string, ServiceState[]>();
  for (const { name: service, containers } of page.data.result.status) {
    for (const { name, status_code: code = 0 } of containers) {
      const status = Object.hasOwn(CODES, code) ? (CODES[code] ?? 'unknown') : 'unknown';
      const region = regionName(name);
      regions.set(region, [...(regions.get(region) ?? []), { service, status }]);
    }
  }
  return { readable: true, regions };
}

function unreadable(because: string): StatusReading {
  return { readable: false, because };
}

async function beginning(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function wordsOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'it answered something that is no JSON';
  if (error instanceof Error && error.name === 'TimeoutError') return 'it did not answer in time';
  return 'the connection failed';
}
