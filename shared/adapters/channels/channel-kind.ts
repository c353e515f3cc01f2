// What every kind of channel is made of: how the estate names one, and how one is opened once its secret address is known.
import * as z from 'zod';
import type { Channel } from '../../ports/channel.ts';

/** Names of environment settings: what App Service takes on Linux. */
const SETTING_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The members that each channel of an estate has. The address is a secret, so the estate names the setting that holds it. */
export function channelConfig<Type extends string>(type: Type) {
  return z.strictObject({
    name: z.string().min(1),
    type: z.literal(type),
    urlSetting: z
      .string()
      .regex(SETTING_NAME, 'must be the name of the setting that holds the address, not the address'),
  });
}

export interface ChannelOptions {
  readonly name: string;
  readonly url: URL;
  readonly deadlineSeconds?: number;
}

export interface ChannelKind<Type extends string> {
  readonly type: Type;
  readonly config: ReturnType<typeof channelConfig<Type>>;
  open(options: ChannelOptions): Channel;
}

/** What a reader is told when this may not be the first copy; undefined for the first. */
export function copyNote(copy: number): string | undefined {
  if (copy <= 1) return undefined;
  if (copy === 2) return 'second copy: an earlier one may have arrived';
  return `copy ${copy}: earlier ones may have arrived`;
}
