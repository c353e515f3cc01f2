// The estate: everything under watch, from one validated file. Channels live in adapters, so their schema is handed in.
import * as z from 'zod';
import { autonomySchema } from './components.ts';
import { plainName } from './names.ts';
import { pairSchema } from './pairs.ts';
import { contactsSchema, notificationsSchema } from './people.ts';
import { playbookOverridesSchema } from './playbook-overrides.ts';

const parts = {
  schemaVersion: z.literal(1),
  name: plainName,
  autonomy: z
    .strictObject({
      /** For listed components that do not say it themselves. */
      default: autonomySchema.default('approve'),
      /** For what the estate does not list. */
      unlisted: autonomySchema.default('approve'),
    })
    .prefault({}),
  pairs: z.array(pairSchema).min(1),
  playbooks: playbookOverridesSchema.default({}),
  contacts: contactsSchema,
  notifications: notificationsSchema.prefault({}),
};

export interface NamedChannel {
  readonly name: string;
}

/** The members of an estate file and their forms; what has to agree between members is checked by `parseEstate`. */
export function estateSchema<Channel extends NamedChannel>(channelSchema: z.ZodType<Channel>) {
  return z.strictObject({ ...parts, channels: z.array(channelSchema).min(1) });
}

const withoutChannels = z.strictObject(parts);
type WithoutChannels = z.infer<typeof withoutChannels>;

export interface Estate<Channel extends NamedChannel = NamedChannel> extends WithoutChannels {
  readonly channels: readonly Channel[];
}
