// A cluster's good configuration as the inventory keeps it: only what may be restored, always written in the same way.
import * as z from 'zod';
import { hashOf } from '../ids.ts';
import { canonical } from '../incidents/timeline.ts';
import type { Settings } from '../runbooks/settings-change.ts';
import { restorable } from './cluster-settings.ts';

const contentSchema = z.record(z.string(), z.unknown());
const SHA256_HEX = 64;

export interface GoodSettings {
  readonly content: string;
  readonly sha256: string;
}

export function goodSettings(settings: Settings): GoodSettings {
  const content = canonical(restorable(settings));
  return { content, sha256: hashOf(content, SHA256_HEX) };
}

/** By path; undefined when the text is not what was kept. */
export function lastGoodSettings(content: string): Settings | undefined {
  try {
    return contentSchema.safeParse(JSON.parse(content)).data;
  } catch {
    return undefined;
  }
}
