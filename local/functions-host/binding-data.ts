// Binding data: the real host's dictionary behind trigger metadata. Its keys ignore case, a later value overrides an
// earlier one under the earlier key, and the top level of a JSON body is merged in (ApplyBindingData of host and HTTP extension).
import type { TypedData } from './core-types.ts';
import { isRecord, tryParseJson } from './json.ts';

export class BindingData {
  readonly #entries = new Map<string, { key: string; data: TypedData | undefined }>();

  /** `undefined` is .NET's null: it hides an earlier value and is not sent. */
  set(key: string, data: TypedData | undefined): void {
    const folded = key.toLowerCase();
    const known = this.#entries.get(folded);
    this.#entries.set(folded, { key: known?.key ?? key, data });
  }

  has(key: string): boolean {
    return this.#entries.has(key.toLowerCase());
  }

  /** Merges the members of a JSON object; anything else adds nothing, as in the real host. */
  merge(body: string, options: { arrays: boolean }): void {
    const text = body.trim();
    if (!text.startsWith('{') || !text.endsWith('}')) return;
    const parsed = tryParseJson(text);
    if (!isRecord(parsed)) return;
    for (const [key, value] of Object.entries(parsed)) {
      if (Array.isArray(value) && !options.arrays) continue;
      const data = memberData(value);
      if (data) this.set(key, data);
    }
  }

  toTriggerMetadata(): Record<string, TypedData> {
    const sent: [string, TypedData][] = [];
    for (const { key, data } of this.#entries.values()) if (data) sent.push([key, data]);
    return Object.fromEntries(sent);
  }
}

/** Newtonsoft reads no deeper by default, so the host gets no binding data from what is nested more (JsonReader.MaxDepth). */
const DEEPEST_MEMBER = 64;

/** Walks without recursion, level by level: hostile nesting must not cost the stack. */
function isTooDeep(value: object, deepest: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > deepest) return true;
    level = level
      .flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []))
      .filter((one) => typeof one === 'object' && one !== null);
  }
  return false;
}

/** Objects stay JSON; a null is skipped; the rest becomes text the way .NET's Convert.ToString writes it. */
function memberData(value: unknown): TypedData | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'object') return isTooDeep(value, DEEPEST_MEMBER) ? undefined : { json: JSON.stringify(value) };
  if (typeof value === 'boolean') return { string: value ? 'True' : 'False' };
  if (typeof value === 'string') return { string: asNewtonsoftReads(value) };
  return { string: String(value).replace('e', 'E') };
}

const ISO_DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,7})?(?:Z|[+-]\d{2}:\d{2})?$/;

/** Newtonsoft turns ISO texts into DateTime while parsing; its invariant text is "MM/dd/yyyy HH:mm:ss", in UTC. */
function asNewtonsoftReads(text: string): string {
  if (!ISO_DATE_TIME.test(text)) return text;
  const hasZone = /(?:Z|[+-]\d{2}:\d{2})$/.test(text);
  const at = new Date(hasZone ? text : `${text}Z`);
  if (Number.isNaN(at.getTime())) return text;
  const [date = '', time = ''] = at.toISOString().split('T');
  const [year, month, day] = date.split('-');
  return `${month}/${day}/${year} ${time.slice(0, 8)}`;
}
