// What the list of incidents can be asked for.
import * as z from 'zod';
import { failureClasses } from '../classification/failure-classes.ts';
import { incidentStates } from './incident.ts';

export const incidentQuerySchema = z
  .strictObject({
    state: z.enum(incidentStates).optional(),
    /** Neither resolved nor closed. */
    open: z.literal('true').optional(),
    class: z.enum(failureClasses).optional(),
    subject: z.string().min(1).max(300).optional(),
    /** `<kind>/<id>`, in whichever workspace. */
    component: z.string().min(1).max(300).optional(),
    openedBefore: z.iso.datetime().optional(),
    pageSize: z.coerce.number().int().min(1).max(200).default(50),
    continuation: z.string().max(2000).optional(),
  })
  .refine(({ state, open }) => state === undefined || open === undefined, {
    path: ['open'],
    error: 'cannot be asked together with a state',
  });

export type IncidentQuery = z.infer<typeof incidentQuerySchema>;
