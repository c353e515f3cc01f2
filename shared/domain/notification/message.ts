// What people are told. One message goes to one recipient over one channel; the text is complete without any link.
import * as z from 'zod';
import { askedDecisionSchema } from '../runbooks/asked-decision.ts';

/** `summary`: one message for many that were folded. */
export const messageKinds = ['incident-opened', 'incident-resolved', 'human-needed', 'summary'] as const;
export type MessageKind = (typeof messageKinds)[number];

export const messageSchema = z.object({
  schemaVersion: z.literal(1),
  id: z.string(),
  incidentId: z.string(),
  kind: z.enum(messageKinds),
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
  /** What failed: the kind of component and the failure class. Absent on messages of earlier releases. */
  about: z.object({ component: z.string(), failureClass: z.string() }).optional(),
  /** Of a summary: when the window of messages began that it stands for (ISO). It is composed when it leaves. */
  foldedSince: z.string().optional(),
});
export type Message = z.infer<typeof messageSchema>;

/** A message as a channel gets it. The link to decide by is a credential, so it is made for the delivery and never stored. */
export interface ToldMessage extends Message {
  readonly decideLink?: string;
}
