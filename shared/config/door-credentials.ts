// Which door takes which credentials. A choice that cannot be kept is a fault, and the default stands: no door is open by mistake.
import * as z from 'zod';
import {
  type AcceptedCredentials,
  type CredentialKind,
  credentialKinds,
  defaultCredentials,
  type Sender,
  senders,
} from '../domain/credentials.ts';
import { asksForFunctionKey } from '../domain/function-keys.ts';
import type { Settings } from './settings.ts';

const FORM = '{"azure": ["api-key", "bearer"], "databricks": ["api-key", "basic"]}';
const choiceSchema = z.partialRecord(z.enum(senders), z.array(z.enum(credentialKinds)).min(1));

/** What is there to prove somebody with, besides API keys. */
export interface AtHand {
  readonly hasBasicUsers: boolean;
  readonly hasHookTokens: boolean;
}

export function readDoorCredentials(settings: Settings, atHand: AtHand): AcceptedCredentials {
  const json = settings.json('DOOR_CREDENTIALS', FORM);
  if (json === undefined) return defaultCredentials;
  const choice = choiceSchema.safeParse(json);
  if (!choice.success) {
    const words = `must say for ${senders.join(' and ')} which of ${credentialKinds.join(', ')} they may show: ${FORM}`;
    settings.fault(['DOOR_CREDENTIALS'], words);
    return defaultCredentials;
  }
  const text = settings.optional('DOOR_CREDENTIALS');
  const accepted = (sender: Sender): readonly CredentialKind[] => {
    const kinds = choice.data[sender];
    if (!kinds) return defaultCredentials[sender];
    const fault = faultIn(kinds, atHand, asksForFunctionKey(text, sender));
    if (fault === undefined) return kinds;
    settings.fault(['DOOR_CREDENTIALS', sender], fault);
    return kinds.includes('function-key') ? [] : kinds;
  };
  return { databricks: accepted('databricks'), azure: accepted('azure') };
}

function faultIn(kinds: readonly CredentialKind[], atHand: AtHand, hostAsks: boolean): string | undefined {
  if (kinds.includes('function-key') && !hostAsks)
    return 'must have function-key alone: the functions host asks everybody for it';
  if (kinds.includes('basic') && !atHand.hasBasicUsers) return 'has basic, but BASIC_USERS names nobody';
  if (kinds.includes('bearer') && !atHand.hasHookTokens)
    return 'has bearer, but HOOK_TENANT_ID and HOOK_AUDIENCE are not set';
  return undefined;
}
