// What a check is: a name and the faults it finds. Finding none is passing; each fault is a line for a person.
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

export interface Check {
  readonly name: string;
  faults(): Promise<readonly string[]>;
}
