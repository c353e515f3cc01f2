// A deleted table or container keeps its name for a while, as in Azure; Azurite frees it at once.
import { parseObject } from './entity-limits.ts';
import type { Service } from './operations.ts';
import { CONTAINER_DELETION_MS, REFUSALS, type Refusal, TABLE_DELETION_MS } from './refusals.ts';

export class BeingDeleted {
  readonly #service: Service;
  readonly #now: () => number;
  readonly #until = new Map<string, number>();

  constructor(service: Service, now: () => number) {
    this.#service = service;
    this.#now = now;
  }

  /** Told of each answer: a deletion that succeeded starts the waiting time. */
  note(method: string, url: string, status: number): void {
    if (method !== 'DELETE' || status >= 300) return;
    const name = this.#service === 'tables' ? deletedTable(url) : containerOf(url);
    const deletionMs = this.#service === 'tables' ? TABLE_DELETION_MS : CONTAINER_DELETION_MS;
    if (name) this.#until.set(name, this.#now() + deletionMs);
  }

  /** Why a creation is refused, if it is one and its name is not free yet. */
  refusal(method: string, url: string, body: Buffer | undefined): Refusal | undefined {
    const name = this.#service === 'tables' ? createdTable(method, url, body) : createdContainer(method, url);
    const until = name === undefined ? undefined : this.#until.get(name);
    if (until === undefined || until <= this.#now()) return undefined;
    return this.#service === 'tables' ? REFUSALS.tableBeingDeleted : REFUSALS.containerBeingDeleted;
  }
}

function deletedTable(url: string): string | undefined {
  // Names are letters and digits, case-insensitive; what stands around them may come encoded.
  return /\/Tables(?:\(|%28)(?:'|%27)(\w+)(?:'|%27)/i.exec(url)?.[1]?.toLowerCase();
}

function createdTable(method: string, url: string, body: Buffer | undefined): string | undefined {
  if (method !== 'POST' || !body || !/\/Tables(\?|$)/.test(url)) return undefined;
  const name = parseObject(body.toString())?.TableName;
  return typeof name === 'string' ? name.toLowerCase() : undefined;
}

function createdContainer(method: string, url: string): string | undefined {
  return method === 'PUT' ? containerOf(url) : undefined;
}

/** The container's name in `/account/container?restype=container`, undefined for a blob or another component. */
function containerOf(url: string): string | undefined {
  const [path = '', query = ''] = url.split('?', 2);
  const segments = path.split('/').filter(Boolean);
  const parameters = new URLSearchParams(query);
  const isContainer = segments.length === 2 && parameters.get('restype') === 'container' && !parameters.has('comp');
  return isContainer ? segments[1] : undefined;
}
