// ProbeSeries in memory, by the words of the port.
import type { ProbeSample } from '../../shared/domain/probes/sample.ts';
import type { ProbeSeries, Series, StoredSample } from '../../shared/ports/probe-series.ts';
import { type Interrupt, interruptible, uninterrupted } from './interruptions.ts';

const PAGE = 3;

export class MemoryProbeSeries implements ProbeSeries {
  readonly #interrupt: Interrupt;
  readonly #series = new Map<string, Map<string, ProbeSample>>();

  constructor(interrupt: Interrupt = uninterrupted) {
    this.#interrupt = interrupt;
  }

  append(sample: ProbeSample): Promise<void> {
    return interruptible(this.#interrupt, 'probes.append', () => {
      const key = keyOf(sample);
      const rows = this.#series.get(key) ?? new Map<string, ProbeSample>();
      this.#series.set(key, rows.set(sample.at, sample));
    });
  }

  newest(series: Series, since: Date, most: number): Promise<readonly ProbeSample[]> {
    return interruptible(this.#interrupt, 'probes.newest', () =>
      this.#newestFirst(keyOf(series))
        .filter(({ at }) => at >= since.toISOString())
        .slice(0, most),
    );
  }

  async *before(instant: Date): AsyncGenerator<readonly StoredSample[]> {
    const old = [...this.#series.keys()].toSorted().flatMap((partition) =>
      this.#newestFirst(partition)
        .filter(({ at }) => at < instant.toISOString())
        .map(({ target, kind, at, outcome }) => ({ partition, row: at, target, kind, at, outcome })),
    );
    for (let start = 0; start < old.length; start += PAGE) {
      yield await interruptible(this.#interrupt, 'probes.before', () => old.slice(start, start + PAGE));
    }
  }

  remove({ partition, row }: StoredSample): Promise<void> {
    return interruptible(this.#interrupt, 'probes.remove', () => void this.#series.get(partition)?.delete(row));
  }

  #newestFirst(key: string): ProbeSample[] {
    return [...(this.#series.get(key)?.values() ?? [])].toSorted((one, other) => (one.at < other.at ? 1 : -1));
  }
}

function keyOf({ target, kind }: Series): string {
  return `${kind}:${target}`;
}
