// What a person may report (A11), and the signal it becomes: from there it goes the way of every other one.
import * as z from 'zod';
import { InvalidInput } from '../errors.ts';
import { componentKinds } from '../estate/components.ts';
import { isClusterId } from '../ids.ts';
import { sessionIdOf } from '../incidents/subject.ts';
import type { DeliveryContext } from './delivery.ts';
import type { ComponentSignal } from './signal.ts';

export const personReportSchema = z.strictObject({
  component: z.strictObject({
    kind: z.enum(componentKinds),
    id: z.string().trim().min(1).max(500),
    name: z.string().trim().min(1).max(200).optional(),
    workspace: z.string().min(1).max(100).optional(),
  }),
  text: z.string().trim().min(3).max(2_000),
  /** When it failed, if that is known. */
  failedAt: z.iso.datetime({ offset: true }).optional(),
});
export type PersonReport = z.infer<typeof personReportSchema>;

/** Throws `InvalidInput` for a cluster id that is none. */
export function signalOfReport(
  { component, text, failedAt }: PersonReport,
  by: string,
  { id, receivedAt, correlationId }: Omit<DeliveryContext, 'workspace'>,
): ComponentSignal {
  const { kind, id: componentId, name, workspace } = component;
  const at = failedAt === undefined ? undefined : new Date(failedAt).toISOString();
  const fields = {
    schemaVersion: 1,
    id,
    source: 'person',
    receivedAt,
    correlationId,
    rawSubject: sessionIdOf(`${kind}/${componentId}`),
    ...(workspace === undefined ? {} : { workspace }),
    event: 'person.reported',
    text: `${by}: ${text}`.slice(0, 2_000),
  } as const;
  if (kind !== 'cluster') {
    const named = name === undefined ? {} : { componentName: name };
    return { ...fields, kind, componentId, ...named, ...(at === undefined ? {} : { failedAt: at }) };
  }
  if (!isClusterId(componentId)) {
    const detail = 'must be a cluster id: letters, digits and hyphens, at most 100 characters';
    throw new InvalidInput('invalid-fields', 'Fields are missing or wrong.', [{ pointer: '/component/id', detail }]);
  }
  const named = name === undefined ? {} : { clusterName: name };
  return { ...fields, kind, clusterId: componentId, ...named, ...(at === undefined ? {} : { terminatedAt: at }) };
}
