// What an estate may set differently from a playbook, per failure class, for everything or for one component (E1).
import * as z from 'zod';
import { failureClasses } from '../classification/failure-classes.ts';
import { remedyIds } from '../playbooks/remedy-ids.ts';
import { autonomySchema } from './autonomy.ts';
import { seconds } from './names.ts';

export const playbookOverridesSchema = z.partialRecord(
  z.enum(failureClasses),
  z.strictObject({
    /** Instead of the playbook's remedies, in this order; none: a person. */
    remedies: z.array(z.enum(remedyIds)).max(10).optional(),
    /** Instead of what holds for the component (E8). */
    autonomy: autonomySchema.optional(),
    /** Per attempt; the playbook's default is 600. */
    timeoutSeconds: seconds.optional(),
    /** Until a component that runs again answers properly; the playbook's default is 60. */
    healthCheckSeconds: seconds.optional(),
    attempts: z.int().min(1).max(10).optional(),
    /** After its end, before anything is tried. */
    waitSeconds: z.int().min(0).max(86_400).optional(),
    /** Between attempts. */
    cooldownSeconds: z.int().min(0).max(86_400).optional(),
  }),
);
export type PlaybookOverrides = z.infer<typeof playbookOverridesSchema>;
export type PlaybookOverride = NonNullable<PlaybookOverrides[keyof PlaybookOverrides]>;
