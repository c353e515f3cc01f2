// Every kind of channel there is, in the order in which they are documented. The estate's schema, the API and the docs are
// built from this list; a new kind is one file and one line here.
import * as z from 'zod';
import { type FieldFault, InvalidInput } from '../../domain/errors.ts';
import type { Channel, Channels } from '../../ports/channel.ts';
import { slack } from './slack.ts';
import { webhook } from './webhook.ts';

export const channelKinds = [webhook, slack] as const;

type ChannelType = (typeof channelKinds)[number]['type'];

const [first, ...others] = channelKinds;

/** A channel as an estate lists it. */
export const channelSchema = z.discriminatedUnion('type', [first.config, ...others.map((kind) => kind.config)]);
export type ChannelConfig = z.infer<typeof channelSchema>;

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Opens every channel of an estate; `settingOf` reads a setting by its name. Throws `InvalidInput` with all faults, which
 * name settings and never show what they hold.
 */
export function openChannels(
  configs: readonly ChannelConfig[],
  settingOf: (name: string) => string | undefined,
  deadlineSeconds?: number,
): Channels {
  const faults: FieldFault[] = [];
  const open = new Map<string, Channel>();
  for (const [index, { name, type, urlSetting }] of configs.entries()) {
    const url = readAddress(settingOf(urlSetting));
    if (open.has(name)) faults.push({ pointer: `/channels/${index}/name`, detail: `there is another channel ${name}` });
    if (typeof url === 'string') faults.push({ pointer: `/channels/${index}`, detail: `setting ${urlSetting} ${url}` });
    else open.set(name, kindOf(type).open({ name, url, ...(deadlineSeconds !== undefined && { deadlineSeconds }) }));
  }
  if (faults.length > 0) throw new InvalidInput('not-configured', 'channels are not configured properly', faults);
  return { get: (name) => open.get(name) };
}

function kindOf(type: ChannelType): (typeof channelKinds)[number] {
  return channelKinds.find((kind) => kind.type === type) ?? first;
}

/** The address, or what is wrong with it. */
function readAddress(text: string | undefined): URL | string {
  if (text === undefined || text === '') return 'is missing';
  if (!URL.canParse(text)) return 'holds no URL';
  const url = new URL(text);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname))) return withoutUser(url);
  return 'must hold an https:// address (http:// only on loopback)';
}

function withoutUser(url: URL): URL | string {
  return url.username === '' && url.password === ''
    ? url
    : 'must not hold a user or password (fetch refuses such addresses)';
}
