// How fresh each source is: when it was last heard (push), last read (pull), and what pull found that push had missed (A9).
import type { Missed, SourceState } from '../domain/own-health/source-state.ts';

export interface SourceLog {
  /** It told us something at that time, perhaps heard of late. Cheap: written at most once a minute in one process. */
  heard(source: string, at: Date): Promise<void>;
  /** It was read to its end. */
  read(source: string, at: Date): Promise<void>;
  failed(source: string, at: Date, because: string): Promise<void>;
  /** Pull found things that push had not told. */
  missed(source: string, at: Date, missed: Missed): Promise<void>;
  all(): Promise<readonly SourceState[]>;
}
