// Time as something handed in, so that tests skip hours and a laptop may run faster than the world.
export interface Clock {
  now(): Date;
  /** For how long something took: counts on from an unknown start, whoever sets `now`. May stand still while the machine sleeps. */
  elapsedMilliseconds(): number;
  /** The instant that is `seconds` of operations away. On a laptop a time scale makes them shorter; in Azure they are seconds. */
  after(seconds: number): Date;
  /** How many real milliseconds `seconds` of operations take, whatever time it is. Not `after` less `now`: a millisecond may pass between the two. */
  millisecondsOf(seconds: number): number;
  /** Waits real milliseconds; rejects with the signal's reason when aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}
