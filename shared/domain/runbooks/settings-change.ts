// What an act sets on a component, and what stood there before: what undoing goes back to, and by what it is told whether the act happened.
import { canonical } from '../incidents/timeline.ts';

/** By name, or by path into a nested setting: `azure_attributes.availability`. */
export type Settings = Readonly<Record<string, unknown>>;

/** The same members on both sides; null stands for "not set". */
export interface SettingsChange {
  readonly set: Settings;
  readonly former: Settings;
}

export function settingAt(settings: Settings, path: string): unknown {
  const found = path.split('.').reduce<unknown>((inside, key) => memberOf(inside, key), settings);
  return found ?? null;
}

export function isSame(one: unknown, other: unknown): boolean {
  return canonical(one ?? null) === canonical(other ?? null);
}

/** The change from what is there now; what is so already is left out. */
export function changeFrom(now: Settings, wanted: Settings): SettingsChange {
  const paths = Object.keys(wanted).filter((path) => !isSame(settingAt(now, path), wanted[path]));
  return {
    set: Object.fromEntries(paths.map((path) => [path, wanted[path] ?? null])),
    former: Object.fromEntries(paths.map((path) => [path, settingAt(now, path)])),
  };
}

export function isEmpty({ set }: SettingsChange): boolean {
  return Object.keys(set).length === 0;
}

export function isInPlace(now: Settings, { set }: SettingsChange): boolean {
  return Object.keys(set).every((path) => isSame(settingAt(now, path), set[path]));
}

/** Whether everything that the change touches is still as it was when the change was decided. */
export function isAsBefore(now: Settings, { former }: SettingsChange): boolean {
  return Object.keys(former).every((path) => isSame(settingAt(now, path), former[path]));
}

/** What has to be set to take changes back, oldest first. What somebody has set to something else since is theirs. */
export function takenBack(now: Settings, changes: readonly SettingsChange[]): Settings {
  const last: Record<string, unknown> = Object.assign({}, ...changes.map(({ set }) => set));
  const first: Record<string, unknown> = Object.assign({}, ...changes.toReversed().map(({ former }) => former));
  const ours = Object.keys(last).filter((path) => isSame(settingAt(now, path), last[path]));
  return changeFrom(now, Object.fromEntries(ours.map((path) => [path, first[path]]))).set;
}

/** `node_type_id from Standard_DS3_v2 to Standard_D4s_v3`; what is long or nested is only named. */
export function inWords({ set, former }: SettingsChange): string {
  return Object.keys(set)
    .map((path) => `${path}${words(former[path], set[path])}`)
    .join(', ');
}

const LONGEST_VALUE = 60;

function words(before: unknown, after: unknown): string {
  const said = [before, after].map((value) => (value === null || value === undefined ? 'nothing' : text(value)));
  const [from, to] = said;
  return from === undefined || to === undefined ? '' : ` from ${from} to ${to}`;
}

function text(value: unknown): string | undefined {
  const written = typeof value === 'string' ? value : JSON.stringify(value);
  return written.length > LONGEST_VALUE ? undefined : written;
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}
