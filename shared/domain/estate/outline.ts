// The names of an estate file and nothing else, read without complaint from whatever is there: so that what has to agree between
// members is checked even when some member has a wrong form, and all faults come at once.
import * as z from 'zod';

const text = z.string().optional().catch(undefined);

function list<Item extends z.ZodType>(item: Item) {
  return z.array(item).catch([]);
}

const component = z.object({ kind: text, id: text, name: text }).catch({});

const terraform = z.object({ provisioner: z.unknown() }).optional().catch(undefined);

const network = z
  .object({ peerings: list(text), expressRouteCircuits: list(text) })
  .optional()
  .catch(undefined);

const workspace = z
  .object({ name: text, url: text, terraform, network, components: list(component) })
  .catch({ components: [] });
export type WorkspaceOutline = z.infer<typeof workspace>;

const replication = z
  .object({ tables: list(text) })
  .optional()
  .catch(undefined);

const pair = z
  .object({ name: text, unityCatalog: z.boolean().catch(false), primary: workspace, dr: workspace, replication })
  .catch({ unityCatalog: false, primary: { components: [] }, dr: { components: [] } });
export type PairOutline = z.infer<typeof pair>;

const contact = z.object({ name: text, channels: list(text) }).catch({ channels: [] });

const people = z.object({ primary: contact, secondary: contact }).optional().catch(undefined);

const outline = z
  .object({
    pairs: list(pair),
    channels: list(z.looseObject({ name: text }).catch({})),
    contacts: z.record(z.string(), people).catch({}),
  })
  .catch({ pairs: [], channels: [], contacts: {} });
export type EstateOutline = z.infer<typeof outline>;

export function outlineOf(value: unknown): EstateOutline {
  return outline.parse(value);
}
