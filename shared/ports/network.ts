// Our own way to a host, layer by layer: a name, a connection, a certificate, an answer. Nothing is sent but one GET without credentials.
import type { Check } from '../domain/probes/sample.ts';
import type { ProbeTarget } from '../domain/probes/target.ts';

export interface Network {
  /** dns, tcp, tls and http as far as they came, each timed; the last one is what failed. Never throws, and ends within `limitSeconds` (real). */
  reach(target: Pick<ProbeTarget, 'origin' | 'path' | 'expects'>, limitSeconds: number): Promise<readonly Check[]>;
}
