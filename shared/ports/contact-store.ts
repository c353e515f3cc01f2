// When Lakewarden first looked at a workspace, and what it found failed. What failed before that is a baseline: recorded, not ticketed.
export interface Contact {
  readonly firstAt: Date;
  /** Ids of warehouses, which tell no time of their failure: failed at the first look, and not seen well since. undefined until all were looked at. */
  readonly failedWarehouses?: readonly string[];
}

export interface ContactStore {
  /** Remembers `now` as the instant of the first contact when there was none. */
  contact(workspace: string, now: Date): Promise<Contact>;
  keep(workspace: string, contact: Contact): Promise<void>;
}
