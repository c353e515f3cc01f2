// Stage: is it a failure at all? Progress, normal ends, maintenance windows and what was dealt with before are recorded without an incident.
import type { Classification } from '../../domain/classification/classify.ts';
import { classifySignal } from '../../domain/classification/classify-signal.ts';
import { meaningOf } from '../../domain/signals/component-signal.ts';
import type { ClusterSignal, ComponentSignal, JobRun } from '../../domain/signals/signal.ts';
import { windowAtAll } from '../../domain/standing-orders/orders-over.ts';
import type { GateSettings } from '../../ports/gate-store.ts';
import type { IncidentFile } from '../../ports/incident-store.ts';
import { reportUnknownCode } from '../report-unknown-code.ts';
import { enrich } from './enrich.ts';
import type { Identified } from './identify.ts';
import type { SignalPorts } from './ports.ts';
import type { Trail } from './trail.ts';

export type Judgement =
  | {
      readonly is: 'failure';
      readonly classification: Classification;
      readonly failedAt: string | undefined;
      /** In the words of whoever told it. */
      readonly text: string | undefined;
      readonly run?: JobRun | undefined;
      readonly tells?: readonly ClusterSignal[] | undefined;
      /** What the gate asks, as it was read for this. */
      readonly settings: GateSettings;
    }
  /** Recorded with these words, no incident. */
  | { readonly is: 'nothing'; readonly words: string }
  /** The failure that the last incident has dealt with. */
  | { readonly is: 'repeated'; readonly last: IncidentFile };

export async function judge(
  ports: SignalPorts,
  signal: ComponentSignal,
  identified: Identified,
  last: IncidentFile | undefined,
  trail: Trail,
): Promise<Judgement> {
  const meaning = meaningOf(signal);
  if (meaning !== 'failure') {
    trail.note('classify', meaning, `${signal.event}-is-${meaning}`);
    const words = meaning === 'progress' ? 'progress' : 'a recovery, and nothing was open';
    // Azure tells much that never was a failure: what it is says its text.
    const told = signal.event === 'azure.over' ? signal.text : undefined;
    return { is: 'nothing', words: told ?? `${signal.event} is ${words}, not a failure.` };
  }
  const found = await enrich(ports, signal, identified, last?.incident, trail);
  const { reason, failedAt, run, tells } = found;
  if (found.repeated && last) return { is: 'repeated', last };
  if (found.settled !== undefined) return { is: 'nothing', words: found.settled };
  const settings = await ports.gate.read();
  const { alwaysOn } = identified.rules;
  const { component } = identified;
  const instants = [failedAt ?? signal.receivedAt, ...seenDown(signal, alwaysOn)].map((at) => new Date(at));
  const inMaintenanceWindow = windowAtAll(ports.estate, settings.orders, { component }, instants) !== undefined;
  const classification = found.classification ?? classifySignal(signal, reason, { alwaysOn, inMaintenanceWindow });
  trail.note('classify', classification.failureClass, classification.rule, { ...classification.evidence });
  await reportUnknownCode(ports, classification, identified.component);
  if (classification.benign) {
    return { is: 'nothing', words: `${classification.code} is a normal end: nothing to do.` };
  }
  // The class may have a window that the component has not.
  const { failureClass } = classification;
  const window = windowAtAll(ports.estate, settings.orders, { component, failureClass }, instants);
  if (window) {
    trail.note('window', 'recorded', 'in-maintenance-window', { ...window });
    return { is: 'nothing', words: 'It ended inside its maintenance window: recorded, no incident.' };
  }
  return { is: 'failure', classification, failedAt, text: found.text ?? signal.text, run, tells, settings };
}

/** A poll tells of what is down as it looks: what has to run always and has not come back from its window has failed, whenever it ended. */
function seenDown({ kind, source, receivedAt }: ComponentSignal, alwaysOn: boolean): string[] {
  return alwaysOn && kind === 'cluster' && source === 'poll' ? [receivedAt] : [];
}
