// The JSON of the workspace tree and of permissions -> the port's values.
import * as z from 'zod';
import { type AccessEntry, type NotebookStatus, notebookLanguages } from '../../ports/workspace-notebooks.ts';
import { rowsOf, text } from './wire.ts';

/** Ids come as numbers, and may be larger than a number holds exactly only in theory (facts/databricks.md 3.2: accept both). */
const idText = z.union([z.string(), z.number()]).transform(String);

const objectSchema = z.object({
  path: z.string().startsWith('/'),
  object_type: z.string(),
  object_id: idText,
  language: z.enum(notebookLanguages).optional().catch(undefined),
  modified_at: z.number().positive().max(8.64e15).optional().catch(undefined),
});
export type TreeObject = z.output<typeof objectSchema>;

export const statusAnswer = objectSchema;

export const listAnswer = z.object({ objects: rowsOf(objectSchema) });

export const exportAnswer = z.object({ content: z.string() });

/** undefined: it is a folder, a file, a library, or a notebook of a language that nobody knows. */
export function notebookOf(object: TreeObject): NotebookStatus | undefined {
  const { path, object_type, object_id: objectId, language, modified_at } = object;
  if (object_type !== 'NOTEBOOK' || language === undefined) return undefined;
  return {
    path,
    objectId,
    language,
    ...(modified_at === undefined ? {} : { modifiedAt: new Date(modified_at).toISOString() }),
  };
}

const entrySchema = z
  .object({
    user_name: text,
    group_name: text,
    service_principal_name: text,
    all_permissions: z.array(z.object({ permission_level: z.string(), inherited: z.boolean().catch(false) })),
  })
  .transform((wire): AccessEntry[] => {
    const principals = ['user_name', 'group_name', 'service_principal_name'] as const;
    const principal = principals.find((kind) => wire[kind] !== '');
    if (principal === undefined) return [];
    return wire.all_permissions
      .filter(({ inherited }) => !inherited)
      .map(({ permission_level: level }) => ({ principal, name: wire[principal], level }));
  });

export const accessAnswer = z
  .object({ access_control_list: rowsOf(entrySchema) })
  .transform(({ access_control_list }) => access_control_list.flat());
