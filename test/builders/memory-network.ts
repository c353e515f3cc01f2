// Our way to the hosts, in memory: open, unless a test says at which layer it ends.
import type { Check, CheckName } from '../../shared/domain/probes/sample.ts';
import type { Network } from '../../shared/ports/network.ts';

type Layer = Extract<CheckName, 'dns' | 'tcp' | 'tls' | 'http'>;
const LAYERS: readonly Layer[] = ['dns', 'tcp', 'tls', 'http'];

export class MemoryNetwork implements Network {
  /** Origins in order of the looks. */
  readonly reached: string[] = [];
  /** By origin, or `*` for all: the layer that fails. */
  readonly broken = new Map<string, Layer>();
  /** By origin: how long each layer takes; 5 ms by default. */
  readonly slow = new Map<string, number>();
  /** Awaited before an answer. */
  before: ((origin: string) => Promise<void>) | undefined;

  async reach({ origin }: { readonly origin: string }): Promise<readonly Check[]> {
    this.reached.push(origin);
    await this.before?.(origin);
    const milliseconds = this.slow.get(origin) ?? 5;
    const broken = this.broken.get(origin) ?? this.broken.get('*');
    const until = broken === undefined ? LAYERS.length : LAYERS.indexOf(broken);
    const fine = LAYERS.slice(0, until).map((name): Check => ({ name, outcome: 'ok', milliseconds }));
    if (broken === undefined) return fine;
    return [...fine, { name: broken, outcome: 'failed', milliseconds, because: 'ordered by the test' }];
  }
}
