// The page on which a provider tells how its services are, region by region.
import type { StatusReading } from '../domain/regions/status-reading.ts';

export interface StatusPage {
  /** Never throws: a page that does not answer, or not as it used to, is not readable. */
  read(): Promise<StatusReading>;
}
