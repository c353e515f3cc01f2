// The estate: everything under watch, from one validated file. Channels live in adapters, so their schema is handed in.
import * as z from 'zod';
import { autonomySchema } from './autonomy.ts';
import { plainName } from './names.ts';
import { pairSchema } from './pairs.ts';
import { contactsSchema, notificationsSchema } from './people.ts';
import { playbookOverridesSchema } from './playbook-overrides.ts';
import { defaultWatchedServices } from './watched-services.ts';

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
  /** What may be done to each workspace, whatever happens (E10). */
  budgets: z
    .strictObject({
      /** Starts, restarts and other acts. */
      actsPerMinute: z.int().min(1).max(1_000).default(30),
      /** Calls of any kind; Databricks documents no number, third parties guess 10 per second (facts/databricks.md 4). */
      callsPerMinute: z.int().min(10).max(6_000).default(300),
    })
    .prefault({}),
  /** When Lakewarden reports trouble of its own (D6). */
  selfMonitoring: z
    .strictObject({
      /** More cluster failures than this within an hour are one finding. */
      clusterFailuresPerHour: z.int().min(0).max(10_000).default(5),
    })
    .prefault({}),
  /** When too few runs of jobs succeed: of each critical job, and of all jobs of a workspace (B2). */
  jobRates: z
    .strictObject({
      windowHours: z.int().min(1).max(168).default(24),
      leastSuccessPercent: z.int().min(0).max(100).default(80),
      leastRuns: z.int().min(1).max(1_000).default(5),
    })
    .prefault({}),
  /** The Azure services whose incidents concern this estate, by the names of Service Health (C4). */
  watchedServices: z
    .array(z.string().min(1).max(200))
    .min(1)
    .max(200)
    .default([...defaultWatchedServices]),
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
