// Reads JSON of which nothing is certain: names in any spelling, texts as numbers, objects as JSON text, one as a list of one, null as absent.
import { azureTime } from './azure-time.ts';

/** JSON inside of a text is looked into up to here. */
const NESTED_TEXT_LIMIT = 300_000;
/** So many values of a list where one text is expected. */
const LISTED = 20;

export class Fields {
  readonly #values = new Map<string, unknown>();
  readonly #names: string[] = [];

  constructor(value: unknown) {
    for (const [name, member] of Object.entries(objectIn(value) ?? {})) {
      const key = folded(name);
      if (isNothing(member) || this.#values.has(key)) continue;
      this.#values.set(key, member);
      this.#names.push(name);
    }
  }

  get isEmpty(): boolean {
    return this.#values.size === 0;
  }

  /** As they were sent. */
  get names(): readonly string[] {
    return this.#names;
  }

  has(...names: readonly string[]): boolean {
    return names.some((name) => this.#values.has(folded(name)));
  }

  /** The first that is there. */
  value(...names: readonly string[]): unknown {
    const found = names.find((name) => this.#values.has(folded(name)));
    return found === undefined ? undefined : this.#values.get(folded(found));
  }

  text(...names: readonly string[]): string | undefined {
    for (const name of names) {
      const text = textIn(this.#values.get(folded(name)));
      if (text !== undefined) return text;
    }
    return undefined;
  }

  /** ISO; undefined for what is no plausible time. */
  time(...names: readonly string[]): string | undefined {
    for (const name of names) {
      const time = azureTime(firstOf(this.#values.get(folded(name))));
      if (time !== undefined) return time;
    }
    return undefined;
  }

  /** Empty where there is no object. */
  fields(...names: readonly string[]): Fields {
    const found = names.find((name) => objectIn(this.#values.get(folded(name))) !== undefined);
    return new Fields(found === undefined ? undefined : this.#values.get(folded(found)));
  }

  /** One value is a list of one. */
  list(...names: readonly string[]): readonly unknown[] {
    return listIn(this.value(...names));
  }
}

/** What is left of a name or a value when spelling does not count. */
export function folded(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}

export function listIn(value: unknown): readonly unknown[] {
  if (isNothing(value)) return [];
  const parsed = typeof value === 'string' ? jsonIn(value, '[') : value;
  return Array.isArray(parsed) ? parsed : [parsed ?? value];
}

/** Text of a scalar, of `{ value }` as the activity log has it, or of a list of these. */
export function textIn(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    const texts = value.slice(0, LISTED).map(scalarText);
    return texts.filter((text) => text !== undefined).join(', ') || undefined;
  }
  return scalarText(value) ?? scalarText(objectIn(value)?.value);
}

function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value.trim();
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : value;
}

function objectIn(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value === 'string') return objectIn(jsonIn(value, '{'));
  if (Array.isArray(value)) return value.length === 0 || Array.isArray(value[0]) ? undefined : objectIn(value[0]);
  return isRecord(value) ? value : undefined;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === '';
}

/** Some senders put JSON into a text; undefined where this is none. */
export function jsonIn(text: string, begins: '{' | '['): unknown {
  const trimmed = text.trim();
  if (!trimmed.startsWith(begins) || trimmed.length > NESTED_TEXT_LIMIT) return undefined;
  try {
    return JSON.parse(trimmed);
  } catch {
    return undefined;
  }
}
