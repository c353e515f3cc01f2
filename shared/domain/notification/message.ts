// What people are told. One message goes to one recipient over one channel; the text is complete without any link.
import * as z from 'zod';
import { askedDecisionSchema } from '../runbooks/asked-decision.ts';

export const messageSchema = z.object({
  schemaVersion: z.literal(1),
  id: z.string(),
  incidentId: z.string(),
  kind: z.enum(['incident-opened', 'incident-resolved', 'human-needed']),
  /** Role of the estate's contacts, e.g. `devops-engineer`. */
  recipient: z.string(),
  channel: z.string(),
  severity: z.enum(['low', 'medium', 'high', 'critical']),
  title: z.string(),
  text: z.string(),
  /** Labelled facts, in the order in which they are shown. */
  facts: z.array(z.object({ label: z.string(), value: z.string() })),
  link: z.string().optional(),
  /** What the recipient is asked to decide. */
  decision: askedDecisionSchema.optional(),
});
export type Message = z.infer<typeof messageSchema>;

/** A message as a channel gets it. The link to decide by is a credential, so it is made for the delivery and never stored. */
export interface ToldMessage extends Message {
  readonly decideLink?: string;
}
