// What a message cannot carry is kept as a blob, and the signal says where: claim check (A8).
import { digestOf } from '../domain/ids.ts';
import type { Signal } from '../domain/signals/signal.ts';
import type { BodyStore } from '../ports/body-store.ts';

/** Throws `Unavailable` when the body cannot be kept: the sender has to try again. */
export async function keepWhole(bodies: BodyStore, signal: Signal, body: Uint8Array): Promise<Signal> {
  const sha256 = digestOf(body);
  // One update may be told by several bodies, which are one signal: none takes the place of another.
  const blob = `signals/${signal.id}/${sha256}.json`;
  await bodies.put(blob, body);
  return { ...signal, wholeBody: { blob, sha256, bytes: body.byteLength } };
}
