// Tells ourselves of trouble of our own (D6): a signal like any other. Safe to repeat: the same key makes the same signal.
import type { FailureClass } from '../domain/classification/failure-classes.ts';
import { hashOf, signalIdOf } from '../domain/ids.ts';
import type { OtherComponentSignal } from '../domain/signals/signal.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import { signalMessage } from './accept-signal.ts';

export interface OwnTrouble {
  /** Its subject is `lakewarden/<id>`. */
  readonly componentId: string;
  readonly failureClass: FailureClass;
  readonly text: string;
  readonly key: string;
}

export async function tellOwnTrouble(
  { bus, clock }: { readonly bus: Bus; readonly clock: Clock },
  { componentId, failureClass, text, key }: OwnTrouble,
): Promise<void> {
  const signalId = signalIdOf(hashOf(`own|${key}`));
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
    failureClass,
    text,
  };
  await bus.send([signalMessage(signal)]);
}
