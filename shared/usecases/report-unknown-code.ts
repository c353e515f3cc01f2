// A termination code that no table has goes to a person, and is told to us: once per code, however often it is met (C1).
import type { Classification } from '../domain/classification/classify.ts';
import type { IncidentComponent } from '../domain/incidents/incident.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import { tellOwnTrouble } from './own-trouble.ts';

const LONGEST_CODE = 100;

/** Safe to repeat: the second signal has the id of the first, which is handled before. */
export async function reportUnknownCode(
  ports: { readonly bus: Bus; readonly clock: Clock },
  { known, code: whole, rule }: Pick<Classification, 'known' | 'code' | 'rule'>,
  { kind, id, workspace }: IncidentComponent,
): Promise<void> {
  if (known) return;
  const code = whole.slice(0, LONGEST_CODE);
  const componentId = `unknown-code/${code}`;
  const text = `${code} is in no table of codes. First met on ${kind} ${id} of workspace ${workspace ?? 'unknown'}, taken by ${rule}: a person has it.`;
  await tellOwnTrouble(ports, { componentId, failureClass: 'LakewardenUnknownCode', text, key: componentId });
}
