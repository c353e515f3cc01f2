// Which services in which regions a Service Health event is about. A JSON text as a rule, an array in the portal's tests, and cut off at times.
import { isEverywhere, regionName } from '../../regions/region-name.ts';
import { Fields, jsonIn, listIn, textIn } from './fields.ts';

export interface Impact {
  readonly services: readonly string[];
  /** ARM names. */
  readonly regions: readonly string[];
  readonly isGlobal: boolean;
}

/** `first` is what `properties.service` and `.region` name: the first of each only, so it counts where the list tells nothing. */
export function impactOf(value: unknown, first: { service: string | undefined; region: string | undefined }): Impact {
  const { services, regions } = typeof value === 'string' ? fromText(value) : fromList(listIn(value));
  return {
    services: services.length > 0 ? unique(services) : named(first.service),
    ...placed(regions.length > 0 ? regions : named(first.region)),
  };
}

interface Named {
  readonly services: readonly string[];
  readonly regions: readonly string[];
}

export function placed(names: readonly string[]): Pick<Impact, 'regions' | 'isGlobal'> {
  const regions = unique(names.map(regionName)).filter((name) => name !== '');
  return { regions: regions.filter((name) => !isEverywhere(name)), isGlobal: regions.some(isEverywhere) };
}

function fromText(text: string): Named {
  const parsed = jsonIn(text, '[') ?? jsonIn(text, '{') ?? jsonIn(unescaped(text), '[');
  return parsed === undefined ? salvaged(text) : fromList(listIn(parsed));
}

function fromList(entries: readonly unknown[]): Named {
  const read = entries.map((entry) => new Fields(entry));
  return {
    services: read.flatMap((entry) => named(entry.text('ServiceName', 'impactedService', 'Service'))),
    regions: read.flatMap((entry) => entry.list('ImpactedRegions', 'Regions').flatMap(regionsIn)),
  };
}

function regionsIn(entry: unknown): readonly string[] {
  const text = new Fields(entry).text('RegionName', 'impactedRegion', 'Region', 'name') ?? textIn(entry);
  return (text ?? '').split(/[,;|]/).flatMap(named);
}

/** Of a text that was cut off, or is no JSON for another reason: what it names all the same. */
function salvaged(text: string): Named {
  const read = unescaped(text);
  return {
    services: [...read.matchAll(/"ServiceName"\s*:\s*"([^"]{1,200})"/gi)].flatMap(([, name]) => named(name)),
    regions: [...read.matchAll(/"RegionName"\s*:\s*"([^"]{1,200})"/gi)].flatMap(([, name]) => named(name)),
  };
}

/** A text within a text, or one that was escaped for HTML or written by Python. */
function unescaped(text: string): string {
  const inner = text.startsWith('"') ? text.slice(1).replace(/"$/, '') : text;
  return inner.replaceAll('\\"', '"').replaceAll('&quot;', '"').replaceAll("'", '"');
}

function named(name: string | undefined): readonly string[] {
  const trimmed = name?.trim() ?? '';
  return trimmed === '' ? [] : [trimmed];
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
