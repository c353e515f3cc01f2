// A termination code that no table has goes to a person, and is told to us: once per code, however often it is met (C1).
import type { Classification } from '../domain/classification/classify.ts';
import { hashOf, signalIdOf } from '../domain/ids.ts';
import type { IncidentComponent } from '../domain/incidents/incident.ts';
import type { OtherComponentSignal } from '../domain/signals/signal.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import { signalMessage } from './accept-signal.ts';

const LONGEST_CODE = 100;

/** Safe to repeat: the second signal has the id of the first, which is handled before. */
export async function reportUnknownCode(
  { bus, clock }: { readonly bus: Bus; readonly clock: Clock },
  { known, code: whole, rule }: Pick<Classification, 'known' | 'code' | 'rule'>,
  { kind, id, workspace }: IncidentComponent,
): Promise<void> {
  if (known) return;
  const code = whole.slice(0, LONGEST_CODE);
  const componentId = `unknown-code/${code}`;
  const signalId = signalIdOf(hashOf(`own|${componentId}`));
  const text = `${code} is in no table of codes. First met on ${kind} ${id} of workspace ${workspace ?? 'unknown'}, taken by ${rule}: a person has it.`;
  const signal: OtherComponentSignal = {
    schemaVersion: 1,
    kind: 'lakewarden',
    id: signalId,
    source: 'lakewarden',
    receivedAt: clock.now().toISOString(),
    correlationId: signalId,
    rawSubject: `lakewarden/${componentId}`,
    event: 'lakewarden.trouble',
    componentId,
    failureClass: 'LakewardenUnknownCode',
    text,
  };
  await bus.send([signalMessage(signal)]);
}
