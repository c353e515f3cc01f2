// Access keys as the host checks them: the header wins over `?code=` even when it is wrong; a function key opens its
// function, a host key every function, the master key everything.
import { createHash, timingSafeEqual } from 'node:crypto';

export interface Keys {
  readonly master: string;
  /** Name of the key -> value. */
  readonly host?: Readonly<Record<string, string>>;
  /** Function -> name of the key -> value. */
  readonly functions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export type AuthLevel = 'anonymous' | 'function' | 'admin';

export interface Credentials {
  readonly header: string | undefined;
  readonly code: string | undefined;
}

export function isAuthorized(keys: Keys, given: Credentials, level: AuthLevel, functionName?: string): boolean {
  if (level === 'anonymous') return true;
  const key = given.header ?? given.code;
  if (key === undefined || key === '') return false;
  return accepted(keys, level, functionName).some((valid) => isSame(valid, key));
}

function accepted(keys: Keys, level: AuthLevel, functionName: string | undefined): string[] {
  if (level === 'admin') return [keys.master];
  const own = functionName === undefined ? {} : (keys.functions?.[functionName] ?? {});
  return [keys.master, ...Object.values(keys.host ?? {}), ...Object.values(own)];
}

/** Constant time whatever the lengths. An empty key is no key. */
function isSame(valid: string, given: string): boolean {
  return valid !== '' && timingSafeEqual(digest(valid), digest(given));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
