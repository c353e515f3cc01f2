// Stage: is it a failure at all? Progress, normal ends, maintenance windows and what was dealt with before are recorded without an incident.
import { type Classification, classify } from '../../domain/classification/classify.ts';
import { isInWindow } from '../../domain/estate/maintenance-windows.ts';
import type { ClusterSignal } from '../../domain/signals/signal.ts';
import type { IncidentFile } from '../../ports/incident-store.ts';
import { enrich } from './enrich.ts';
import type { Identified } from './identify.ts';
import type { SignalPorts } from './ports.ts';
import type { Trail } from './trail.ts';

export type Judgement =
  | { readonly is: 'failure'; readonly classification: Classification; readonly terminatedAt: string | undefined }
  /** Recorded with these words, no incident. */
  | { readonly is: 'nothing'; readonly words: string }
  /** The failure that the last incident has dealt with. */
  | { readonly is: 'repeated'; readonly last: IncidentFile };

export async function judge(
  ports: SignalPorts,
  signal: ClusterSignal,
  identified: Identified,
  last: IncidentFile | undefined,
  trail: Trail,
): Promise<Judgement> {
  if (signal.event === 'cluster.restarting') {
    trail.note('classify', 'progress', 'restarting-is-progress');
    return { is: 'nothing', words: 'The cluster is restarting: progress, not a failure.' };
  }
  const { reason, terminatedAt, repeated } = await enrich(ports, signal, identified, last?.incident, trail);
  if (repeated && last) return { is: 'repeated', last };
  const { alwaysOn, maintenanceWindows } = identified.rules;
  const inMaintenanceWindow = isInWindow(maintenanceWindows, new Date(terminatedAt ?? signal.receivedAt));
  const classification = classify(reason, { alwaysOn, inMaintenanceWindow });
  trail.note('classify', classification.failureClass, classification.rule, { ...classification.evidence });
  if (classification.benign) {
    return { is: 'nothing', words: `${classification.code} is a normal end: nothing to do.` };
  }
  if (inMaintenanceWindow) {
    trail.note('window', 'recorded', 'in-maintenance-window');
    return { is: 'nothing', words: 'It ended inside its maintenance window: recorded, no incident.' };
  }
  return { is: 'failure', classification, terminatedAt };
}
