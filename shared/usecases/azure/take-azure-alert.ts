// What came through a door for Azure: read, kept whole where the signal carries less, and with the broker when this resolves (A2, A4).
import { Unavailable } from '../../domain/errors.ts';
import { parseAzureAlert } from '../../domain/signals/azure/parse-azure-alert.ts';
import type { DeliveryContext } from '../../domain/signals/delivery.ts';
import type { SignalOutcome } from '../../domain/signals/outcome.ts';
import type { Signal } from '../../domain/signals/signal.ts';
import type { BodyStore } from '../../ports/body-store.ts';
import { type AcceptPorts, acceptSignal, signalMessage } from '../accept-signal.ts';
import { keepWhole } from '../keep-whole.ts';

/** Real milliseconds; a sender gives up after a few seconds. */
const KEEP_MS = 1_000;

export interface TakenAlert {
  /** At least one. */
  readonly signals: readonly Signal[];
  /** Of a single one, where it was known in time. */
  readonly outcome: SignalOutcome | undefined;
}

export interface PostedBody {
  readonly value: unknown;
  readonly bytes: Uint8Array;
}

/** Throws `InvalidInput` for what is no alert, `Unavailable` when the broker or the store of bodies did not take it. */
export async function takeAzureAlert(
  ports: AcceptPorts & { readonly bodies: BodyStore },
  { value, bytes }: PostedBody,
  context: DeliveryContext,
  waitSeconds: number,
): Promise<TakenAlert> {
  const parsed = parseAzureAlert(value, context);
  const isOne = parsed.length === 1;
  const signals = await Promise.all(
    parsed.map(async ({ signal, trimmed, record }) => {
      const body = isOne ? bytes : bytesOf(record);
      return trimmed ? await keepWhole(ports.bodies, signal, body) : await keepIfPossible(ports, signal, body);
    }),
  );
  const [signal] = signals;
  if (isOne && signal) return { signals, outcome: await acceptSignal(ports, signal, waitSeconds) };
  await ports.bus.send(signals.map(signalMessage));
  return { signals, outcome: undefined };
}

/** As it came, for whoever wants to know later; an alert that its signal carries wholly does not wait for it, nor is lost for it. */
async function keepIfPossible(
  { bodies, clock }: Pick<AcceptPorts, 'clock'> & { readonly bodies: BodyStore },
  signal: Signal,
  body: Uint8Array,
): Promise<Signal> {
  const giveUp = new AbortController();
  const kept = keepWhole(bodies, signal, body).catch((error: unknown) => {
    if (!(error instanceof Unavailable)) throw error;
    return signal;
  });
  const tooLate = clock.sleep(KEEP_MS, giveUp.signal).then(
    () => signal,
    () => signal,
  );
  try {
    return await Promise.race([kept, tooLate]);
  } finally {
    giveUp.abort();
  }
}

function bytesOf(record: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record));
}
