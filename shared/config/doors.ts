// What the doors need to take signals, read apart from the rest: they stay open while other settings are broken (design.md 4).
import * as z from 'zod';
import type { AcceptedCredentials } from '../domain/credentials.ts';
import { pathOf, readBy } from '../domain/faults.ts';
import { Secret } from '../domain/secret.ts';
import { busConnectionFault } from './connections.ts';
import { readDoorCredentials } from './door-credentials.ts';
import { type HookTokenConfig, readHookTokens } from './hook-tokens.ts';
import { readRotating } from './rotating.ts';
import type { Settings } from './settings.ts';

export interface BasicUser {
  readonly username: string;
  readonly password: Secret;
}

/** What the doors need to take signals. */
export interface DoorConfig {
  readonly apiKeys: readonly Secret[];
  readonly basicUsers: readonly BasicUser[];
  readonly accepted: AcceptedCredentials;
  /** Undefined: no tokens are taken. */
  readonly hookTokens: HookTokenConfig | undefined;
  /** Connection string or fully qualified namespace. */
  readonly bus: Secret;
  readonly maxBodyBytes: number;
  readonly waitSeconds: number;
}

/** What a body may have in total (A8). */
const MAX_BODY_BYTES = 262_144;
const DOOR_WAIT_SECONDS = 1.5;
/** RFC 7240 waits longer than this help nobody (A6). */
const LONGEST_WAIT_SECONDS = 30;
const SHORTEST_KEY = 16;
const SHORTEST_PASSWORD = 8;

/** Only what is right in itself: a key that is too short opens nothing. */
export function readDoors(settings: Settings): DoorConfig | null {
  const apiKeys = readApiKeys(settings);
  const basicUsers = readBasicUsers(settings);
  const hookTokens = readHookTokens(settings);
  const atHand = { hasBasicUsers: basicUsers.length > 0, hasHookTokens: hookTokens !== undefined };
  const accepted = readDoorCredentials(settings, atHand);
  const bus = readBus(settings);
  const limits = { least: 1_024, most: 4 * MAX_BODY_BYTES, whole: true };
  const maxBodyBytes = settings.number('MAX_BODY_BYTES', limits, MAX_BODY_BYTES);
  const wait = { least: 0, most: LONGEST_WAIT_SECONDS };
  const waitSeconds = settings.number('DOOR_WAIT_SECONDS', wait, DOOR_WAIT_SECONDS);
  if (!bus || apiKeys.length + basicUsers.length === 0) return null;
  return { apiKeys, basicUsers, accepted, hookTokens, bus, maxBodyBytes, waitSeconds };
}

function readApiKeys(settings: Settings): Secret[] {
  return readRotating(settings, 'API_KEYS', settings.required('API_KEYS'), { what: 'key', shortest: SHORTEST_KEY });
}

const basicUser = z.object({
  username: z.string().regex(/^[^:\p{Cc}]{1,200}$/u, 'must be a name without a colon'),
  password: z.string().min(SHORTEST_PASSWORD),
});

function readBasicUsers(settings: Settings): BasicUser[] {
  const form = '[{"username": "...", "password": "..."}]';
  const list = settings.json('BASIC_USERS', form);
  if (list === undefined) return [];
  if (!Array.isArray(list)) {
    settings.fault(['BASIC_USERS'], `must be a list: ${form}`);
    return [];
  }
  const names = new Set<string>();
  return list.flatMap((entry: unknown, at) => {
    const user = readBy(basicUser, entry);
    if (!user.ok) {
      for (const { pointer, detail } of user.faults) settings.fault(['BASIC_USERS', at, ...pathOf(pointer)], detail);
      return [];
    }
    const { username, password } = user.value;
    if (names.has(username)) settings.fault(['BASIC_USERS', at, 'username'], 'is there already');
    names.add(username);
    return [{ username, password: new Secret(password) }];
  });
}

function readBus(settings: Settings): Secret | undefined {
  const connection = settings.optional('ServiceBusConnection');
  const namespace = settings.optional('ServiceBusConnection__fullyQualifiedNamespace');
  if (connection && namespace) {
    return settings.fault(
      ['ServiceBusConnection'],
      'must not be set beside ServiceBusConnection__fullyQualifiedNamespace',
    );
  }
  if (namespace) {
    const isHost = /^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/.test(namespace);
    const detail = 'must be a host name, e.g. lakewarden.servicebus.windows.net';
    return isHost ? new Secret(namespace) : settings.fault(['ServiceBusConnection__fullyQualifiedNamespace'], detail);
  }
  if (!connection) {
    return settings.missing(
      'ServiceBusConnection',
      'is missing (or ServiceBusConnection__fullyQualifiedNamespace, to sign in by managed identity)',
    );
  }
  const detail = busConnectionFault(connection);
  return detail === undefined ? new Secret(connection) : settings.fault(['ServiceBusConnection'], detail);
}
