// Signals that are about no component: tests, what no rule knows, and what incidents tell their region.
import { assertNever } from '../../domain/errors.ts';
import { isOut } from '../../domain/regions/region-state.ts';
import type { SignalOutcome } from '../../domain/signals/outcome.ts';
import { regionSubject } from '../../domain/signals/region-evidence.ts';
import type { AzureSignal, ComponentSignal, RegionEvidence, Signal } from '../../domain/signals/signal.ts';
import { recordedOutcome } from './outcomes.ts';
import type { SignalPorts } from './ports.ts';
import { Trail } from './trail.ts';

export type OtherSignal = Exclude<Signal, ComponentSignal | AzureSignal>;

/** Records it, with words. */
export async function handleOther(ports: SignalPorts, signal: OtherSignal): Promise<SignalOutcome> {
  const trail = new Trail();
  switch (signal.kind) {
    case 'test':
      trail.note('classify', 'test', 'sender-says-test');
      return recordedOutcome(ports, signal, signal.rawSubject, 'A test: received, queued and handled.', trail);
    case 'region-evidence':
      return await gather(ports, signal, trail);
    case 'unknown': {
      const words = `Lakewarden does not handle ${signal.eventName} yet: recorded.`;
      trail.note('classify', 'unknown-event', 'no-rule-for-event', { event: signal.eventName });
      return recordedOutcome(ports, signal, signal.rawSubject, words, trail);
    }
    default:
      return assertNever(signal, 'signal');
  }
}

/** A failure that may be the region's is evidence; while the region is out, it is one of its children. */
async function gather(ports: SignalPorts, signal: RegionEvidence, trail: Trail): Promise<SignalOutcome> {
  const { region, weight, told, receivedAt } = signal;
  await ports.regions.note({ region, weight, told, at: receivedAt });
  const { regions } = await ports.gate.read();
  const subject = regionSubject(region);
  const pointer = isOut(regions, region) ? await ports.subjects.get(subject) : undefined;
  const evidence = { region, weight, ...told, ...(pointer ? { gatheredUnder: pointer.incidentId } : {}) };
  trail.note('region', pointer ? 'gathered' : 'recorded', 'evidence-for-region', evidence);
  const what = `${told.code} of ${told.subject}, ${told.incidentId}`;
  const words = pointer
    ? `Gathered under ${pointer.incidentId}, the incident of the region ${region}: ${what}.`
    : `Evidence for the region ${region}: ${what}.`;
  return recordedOutcome(ports, signal, subject, words, trail);
}
