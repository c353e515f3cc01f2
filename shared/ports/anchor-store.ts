// Where the heads of the timelines are anchored: each day once, where who writes the tables cannot rewrite it.
export interface AnchorStore {
  /** Creates the anchor of a UTC day (`2026-11-20`), never replaces one. `there-already`: somebody wrote it before. */
  create(day: string, body: Uint8Array): Promise<'created' | 'there-already'>;
  get(day: string): Promise<Uint8Array | undefined>;
}
