// Something that only one may do at a time, across all instances, for a bounded time.
export interface Leases {
  /** Whether it is ours now; one that is ours already is renewed. Nobody else gets it before `until`, unless it is released. */
  take(name: string, owner: string, now: Date, until: Date): Promise<boolean>;
  /** Gives it back; one that is not (or no longer) ours stays as it is. */
  release(name: string, owner: string): Promise<void>;
}
