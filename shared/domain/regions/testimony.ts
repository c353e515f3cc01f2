// What one witness says of one region. Witnesses are weighed against each other (assess-region.ts); none is believed alone.
import * as z from 'zod';

export const witnessSources = [
  'probes',
  'service-health',
  'resource-health',
  'status-page',
  'alerts',
  'components',
] as const;
export type WitnessSource = (typeof witnessSources)[number];

export const sayings = ['healthy', 'degraded', 'outage', 'unknown'] as const;
export type Saying = (typeof sayings)[number];

export const testimonySchema = z.object({
  /** ARM name, e.g. `eastus`. */
  region: z.string().min(1).max(100),
  /** Unique in its region: `probe/databricks-dev`, `service-health/<tracking id>`. */
  witness: z.string().min(1).max(300),
  source: z.enum(witnessSources),
  says: z.enum(sayings),
  /** Witnesses of one fate can only be wrong together, and count once: `our-network`, `azure-monitor`, `service-health`. */
  fate: z.string().min(1).max(200),
  /** When it was so. */
  seenAt: z.iso.datetime(),
  /** After it nothing is known from this witness. */
  validUntil: z.iso.datetime(),
  /** For a person. */
  words: z.string().max(500),
  /** Small: what the words rest on. */
  evidence: z.record(z.string(), z.unknown()).optional(),
});
export type Testimony = z.infer<typeof testimonySchema>;
