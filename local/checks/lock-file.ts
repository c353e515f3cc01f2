// The lock file names versions and hashes, never where they were downloaded: that is each machine's own registry.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { type Check, root } from './check.ts';

const lockSchema = z.object({
  packages: z.record(z.string(), z.looseObject({ resolved: z.string().optional(), link: z.boolean().optional() })),
});

export const lockFile: Check = {
  name: 'lock file without download addresses',
  faults: async () => addressesIn(await readFile(join(root, 'package-lock.json'), 'utf8')),
};

export function addressesIn(text: string): string[] {
  const { packages } = lockSchema.parse(JSON.parse(text));
  return Object.entries(packages)
    .filter(([, { resolved, link }]) => resolved !== undefined && link !== true)
    .map(([name, { resolved }]) => `package-lock.json: ${name} has the address ${resolved}`);
}
