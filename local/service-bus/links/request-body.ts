// The body of a `$management` request, parsed where it arrives: a field is of the type the operation needs, or the request
// is refused.
import rhea from 'rhea';
import { refusals } from '../refusals.ts';

export class RequestBody {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(body: unknown) {
    this.#fields = typeof body === 'object' && body !== null ? Object.fromEntries(Object.entries(body)) : {};
  }

  text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined) throw refusals.badArgument(name);
    return value;
  }

  optionalText(name: string): string | undefined {
    const value = this.#fields[name];
    return typeof value === 'string' ? value : undefined;
  }

  optionalBytes(name: string): Buffer | undefined {
    const value = this.#fields[name];
    return Buffer.isBuffer(value) ? value : undefined;
  }

  bytes(name: string): Buffer {
    const value = this.optionalBytes(name);
    if (value === undefined) throw refusals.badArgument(name);
    return value;
  }

  number(name: string): number {
    return numberIn(name, this.#fields[name]);
  }

  numbers(name: string): number[] {
    return this.#list(name).map((value) => numberIn(name, value));
  }

  /** Arrays of uuids: lock tokens. */
  tokens(name: string): string[] {
    return this.#list(name).map((value) => {
      if (!Buffer.isBuffer(value)) throw refusals.badArgument(name);
      return rhea.uuid_to_string(value);
    });
  }

  bodies(name: string): RequestBody[] {
    return this.#list(name).map((value) => new RequestBody(value));
  }

  record(name: string): Record<string, unknown> {
    const value = this.#fields[name];
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
  }

  #list(name: string): unknown[] {
    const value = this.#fields[name];
    if (!Array.isArray(value)) throw refusals.badArgument(name);
    return value;
  }
}

/** rhea leaves a long beyond 2^53 as its 8 bytes. */
function numberIn(name: string, value: unknown): number {
  if (typeof value === 'number') return value;
  if (Buffer.isBuffer(value) && value.length === 8) return Number(value.readBigInt64BE());
  throw refusals.badArgument(name);
}
