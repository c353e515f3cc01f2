// From the text of an estate file to the estate, or to all of its faults at once, each with its place and in the user's words.
import type * as z from 'zod';
import type { FieldFault } from '../errors.ts';
import { readBy } from '../faults.ts';
import { disagreements } from './agreement.ts';
import { type Estate, estateSchema, type NamedChannel } from './estate.ts';
import { findTextFault } from './json-text.ts';
import { type EstateOutline, outlineOf } from './outline.ts';
import { type PlacedProvisioner, provisionerSchema } from './provisioners.ts';

/** What can be read of a file with faults, so that settings are checked against it all the same. */
export interface ReadableParts<Channel> {
  readonly channels: readonly Channel[];
  /** undefined: not every workspace has a readable name. */
  readonly workspaceNames: readonly string[] | undefined;
  readonly provisioners: readonly PlacedProvisioner[];
}

export const NOTHING_READABLE: ReadableParts<never> = { channels: [], workspaceNames: undefined, provisioners: [] };

export type ParsedEstate<Channel extends NamedChannel> =
  | { readonly ok: true; readonly estate: Estate<Channel> }
  | { readonly ok: false; readonly faults: readonly FieldFault[]; readonly readable: ReadableParts<Channel> };

export function parseEstate<Channel extends NamedChannel>(
  text: string,
  channelSchema: z.ZodType<Channel>,
): ParsedEstate<Channel> {
  const json = text.replace(/^\uFEFF/, '');
  const broken = findTextFault(json);
  if (broken) {
    const detail = `not JSON at line ${broken.line}, column ${broken.column}: ${broken.detail}`;
    return { ok: false, faults: [{ pointer: '', detail }], readable: NOTHING_READABLE };
  }
  const value: unknown = JSON.parse(json);
  const outline = outlineOf(value);
  const read = readBy(estateSchema(channelSchema), value);
  const faults = [...(read.ok ? [] : read.faults), ...disagreements(outline)];
  if (read.ok && faults.length === 0) return { ok: true, estate: read.value };
  return { ok: false, faults, readable: readableParts(outline, channelSchema) };
}

function readableParts<Channel>(outline: EstateOutline, channelSchema: z.ZodType<Channel>): ReadableParts<Channel> {
  const channels = outline.channels.flatMap((channel) => {
    const read = readBy(channelSchema, channel);
    return read.ok ? [read.value] : [];
  });
  const names = outline.pairs.flatMap(({ primary, dr }) => [primary.name, dr.name]);
  const known = names.filter((name) => name !== undefined);
  const workspaceNames = known.length > 0 && known.length === names.length ? known : undefined;
  return { channels, workspaceNames, provisioners: readableProvisioners(outline) };
}

function readableProvisioners({ pairs }: EstateOutline): PlacedProvisioner[] {
  return pairs
    .flatMap(({ primary, dr }) => [primary, dr])
    .flatMap(({ name = '', terraform }) => {
      const read = readBy(provisionerSchema, terraform?.provisioner);
      return read.ok ? [{ workspace: name, choice: read.value }] : [];
    });
}
