// What our looks found, series by series. Old ones are thinned by whoever purges.

import type { ProbeKind, ProbeSample } from '../domain/probes/sample.ts';
import type { AgedSample } from '../domain/probes/thin.ts';

export interface Series {
  /** Id of a target. */
  readonly target: string;
  readonly kind: ProbeKind;
}

/** One that is old enough to be thinned. */
export interface StoredSample extends AgedSample {
  readonly partition: string;
  readonly row: string;
}

export interface ProbeSeries {
  /** The same look again is fine. */
  append(sample: ProbeSample): Promise<void>;
  /** Newest first, none from before `since`, at most `most`. */
  newest(series: Series, since: Date, most: number): Promise<readonly ProbeSample[]>;
  /** All from before the instant: series by series, each newest first, page by page. */
  before(instant: Date): AsyncIterable<readonly StoredSample[]>;
  /** A missing one is fine. */
  remove(sample: StoredSample): Promise<void>;
}
