// When each timer last came through: how Lakewarden notices that one of them has stopped.
import type { Heartbeat } from '../domain/own-health/timers.ts';

export interface Heartbeats {
  /** Notes that a timer came through just now. */
  beat(name: string, at: Date): Promise<void>;
  /** The last pass of each timer that ever came through. */
  all(): Promise<readonly Heartbeat[]>;
}
