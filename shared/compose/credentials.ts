// What callers are measured by. Nothing is asked of the identity provider before the first token comes.
import { EntraHookTokens } from '../adapters/entra/entra-hook-tokens.ts';
import type { DoorConfig } from '../config/doors.ts';
import type { Credentials } from '../http/authenticate.ts';

export function openCredentials({ apiKeys, basicUsers, accepted, hookTokens }: DoorConfig): Credentials {
  return { apiKeys, basicUsers, accepted, ...(hookTokens && { hookTokens: new EntraHookTokens(hookTokens) }) };
}
