// An access list: who has which level, as the Permissions API takes and shows it.
import { invalid } from './errors.ts';
import type { PermissionKind } from './permission-kinds.ts';

export interface Entry {
  readonly name: string;
  readonly principal: 'user_name' | 'group_name' | 'service_principal_name';
  readonly level: string;
}

const PRINCIPALS = ['user_name', 'group_name', 'service_principal_name'] as const;

/** From a request; a level that the kind does not have is refused. */
export function readList(list: unknown, kind: PermissionKind): Entry[] {
  return Array.isArray(list) ? list.map((entry) => readEntry(entry, kind)) : [];
}

export function readKept(list: unknown): Entry[] {
  return Array.isArray(list) ? list.filter(isEntry) : [];
}

export function merged(old: readonly Entry[], given: readonly Entry[]): Entry[] {
  const isGiven = (entry: Entry) =>
    given.some(({ name, principal }) => name === entry.name && principal === entry.principal);
  return [...old.filter((entry) => !isGiven(entry)), ...given];
}

export function checkOwner(list: readonly Entry[], { owner, type }: PermissionKind): Entry[] {
  if (owner === undefined) return [...list];
  const owners = list.filter(({ level }) => level === owner);
  if (owners.some(({ principal }) => principal === 'group_name'))
    throw invalid(`Groups cannot be owners of a ${type}.`);
  if (owners.length !== 1) throw invalid(`The ${type} must have exactly one owner.`);
  return [...list];
}

export function shown({ principal, name, level }: Entry, inheritedFrom?: string): unknown {
  const from = inheritedFrom === undefined ? {} : { inherited_from_object: [inheritedFrom] };
  return {
    [principal]: name,
    all_permissions: [{ permission_level: level, inherited: inheritedFrom !== undefined, ...from }],
  };
}

function isEntry(value: unknown): value is Entry {
  const { principal, level, name } = Object(value);
  return PRINCIPALS.includes(principal) && typeof level === 'string' && typeof name === 'string';
}

function readEntry(entry: unknown, kind: PermissionKind): Entry {
  const fields: Record<string, unknown> = typeof entry === 'object' && entry !== null ? { ...entry } : {};
  const principal = PRINCIPALS.find((known) => typeof fields[known] === 'string');
  const level = String(fields.permission_level);
  if (!principal) throw invalid('An access control entry needs user_name, group_name or service_principal_name.');
  if (!kind.levels.includes(level)) throw invalid(`Invalid permission level for a ${kind.type}: ${level}`);
  return { principal, name: String(fields[principal]), level };
}
