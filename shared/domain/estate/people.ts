// Who answers for the estate: every role with a primary and a secondary contact, each reachable over channels of the estate (J2).
import * as z from 'zod';
import * as names from './names.ts';

const roles = [
  'dr-lead',
  'devops-engineer',
  'data-engineer',
  'application-owner',
  'executive-sponsor',
  'cto',
  'executive-team',
  'network-engineer',
] as const;
const roleSchema = z.enum(roles);

const contactSchema = z.strictObject({
  name: names.title,
  /** Names of the estate's channels; each of them gets the message. */
  channels: z.array(names.plainName).min(1),
});

/** A record over an enum wants every key: no role without people. */
export const contactsSchema = z.record(
  roleSchema,
  z.strictObject({ primary: contactSchema, secondary: contactSchema }),
);

export const notificationsSchema = z.strictObject({
  /** Who is told of component failures (J1). */
  componentFailure: roleSchema.default('devops-engineer'),
  /** Who is told that a region is degraded or out. */
  regionFailure: roleSchema.default('dr-lead'),
  /** One message for many (J5): so many of each window go to a recipient over a channel one by one, then one for all the rest. */
  folding: z
    .strictObject({
      windowMinutes: z.int().min(1).max(240).default(10),
      individually: z.int().min(1).max(10_000).default(5),
    })
    .prefault({}),
});
