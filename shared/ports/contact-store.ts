// When Lakewarden first looked at a workspace. What failed before that is a baseline: recorded, not ticketed.
export interface ContactStore {
  /** The instant of the first contact; remembers `now` when there was none. */
  firstContact(workspace: string, now: Date): Promise<Date>;
}
