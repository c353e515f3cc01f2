// Where bodies are kept whole that are too large for a message (claim check).
export interface BodyStore {
  /** Keeps the bytes under a name; writing the same name again is fine. Throws `Unavailable`. */
  put(name: string, body: Uint8Array): Promise<void>;
  get(name: string): Promise<Uint8Array | undefined>;
}
