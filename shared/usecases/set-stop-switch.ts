// The stop switch holds every action at once, and its release lets them go (K6). Who did it and why is on record.
import type { StopSwitch } from '../domain/playbooks/gate.ts';
import type { Clock } from '../ports/clock.ts';
import type { GateStore } from '../ports/gate-store.ts';
import type { Log } from '../ports/log.ts';
import type { SignalStore } from '../ports/signal-store.ts';

export interface StopPorts {
  readonly gate: GateStore;
  readonly signals: SignalStore;
  readonly clock: Clock;
  readonly log: Log;
}

export interface StopOrder {
  readonly on: boolean;
  readonly by: string;
  readonly reason: string;
  readonly correlationId: string;
}

export async function setStopSwitch(ports: StopPorts, order: StopOrder): Promise<StopSwitch | undefined> {
  const since = ports.clock.now().toISOString();
  const { on, by, reason, correlationId } = order;
  const stop = on ? { by, reason, since } : undefined;
  await ports.gate.setStop(stop);
  const words = on ? 'stop switch set' : 'stop switch released';
  ports.log.warn(words, { by, reason });
  await ports.signals.record({
    signalId: `stop-${since}-${correlationId}`,
    decidedAt: since,
    subject: 'gate/stop-switch',
    ticketId: null,
    errorType: null,
    recoveryStatus: 'not_needed',
    actionsTaken: [],
    message: `${by}: ${words}. ${reason}`,
    ended: 'recorded',
    decisions: [{ stage: 'gate', decision: words, because: 'operator', evidence: { by, reason } }],
  });
  return stop;
}
