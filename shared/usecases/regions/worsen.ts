// A region that was degraded and is out now: its incident becomes that of an outage, with the run that releases what is held back.
import { classifySignal } from '../../domain/classification/classify-signal.ts';
import { failedAgain, type Incident, takesJoins } from '../../domain/incidents/incident.ts';
import { composeMessages } from '../../domain/notification/compose-messages.ts';
import { failedAtOf } from '../../domain/signals/component-signal.ts';
import type { SignalOutcome } from '../../domain/signals/outcome.ts';
import type { ComponentSignal } from '../../domain/signals/signal.ts';
import type { IncidentFile } from '../../ports/incident-store.ts';
import { commitAndHandOver } from '../hand-over.ts';
import { personMessage } from '../person-message.ts';
import { advanceMessage } from '../run-message.ts';
import { decideOpening } from '../signal/decide-opening.ts';
import type { Identified } from '../signal/identify.ts';
import { incidentOutcome } from '../signal/outcomes.ts';
import { planRun } from '../signal/plan-run.ts';
import type { SignalPorts } from '../signal/ports.ts';
import type { Trail } from '../signal/trail.ts';

export function worsens({ event }: ComponentSignal, { failureClass, state, activeRun }: Incident): boolean {
  return (
    event === 'region.outage' && failureClass === 'AzureRegionDegraded' && takesJoins(state) && activeRun === undefined
  );
}

/** A signal with the open incident that it belongs to. */
export interface Joined {
  readonly file: IncidentFile;
  readonly identified: Identified;
  readonly trail: Trail;
}

export async function worsen(
  ports: SignalPorts,
  signal: ComponentSignal,
  { file, identified, trail }: Joined,
): Promise<SignalOutcome> {
  const classification = classifySignal(signal, undefined, { alwaysOn: false });
  trail.note('classify', classification.failureClass, classification.rule);
  const settings = await ports.gate.read();
  const facts = { identified, classification, failedAt: failedAtOf(signal), text: signal.text, settings };
  const opening = await decideOpening(ports, facts, trail);
  const { failureClass, code, advice, title, actionsTaken, message, recoveryStatus } = opening;
  const { run, steps } = planRun(ports, file.incident, opening, file.runs.length + 1);
  const incident: Incident = {
    ...failedAgain(file.incident),
    failureClass,
    code,
    advice,
    title,
    severity: 'critical',
    signalCount: file.incident.signalCount + 1,
    activeRun: run.number,
    opening: { recoveryStatus, actionsTaken, message, decisions: trail.decisions },
    ...(run.dueAt === undefined ? {} : { nextDueAt: run.dueAt }),
  };
  const news = { kind: 'human-needed', text: message, occasion: `signal-${signal.id}` } as const;
  const messages = composeMessages(ports.estate, incident, news, ports.publicUrl).map((each) => personMessage(each));
  const outcome = incidentOutcome(ports, signal, incident, 'joined', trail);
  const result = await commitAndHandOver(ports, {
    basis: file,
    incident,
    runs: [run],
    steps,
    events: [
      {
        type: 'worsened',
        actor: 'lakewarden',
        text: message,
        data: { signalId: signal.id, was: file.incident.failureClass },
      },
    ],
    outbox: [advanceMessage(incident.id, run), ...messages],
    deliveryId: signal.id,
    outcome,
    at: ports.clock.now().toISOString(),
  });
  ports.recent.forget(incident.subject);
  return result.committed ? outcome : (result.outcome ?? outcome);
}
