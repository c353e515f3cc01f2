// AnchorStore over Blob Storage: one blob a day, created and never replaced (If-None-Match: *).
// Rule kept here: the container `anchors` is meant to have an immutability policy, so that no other writer can replace one either.
import type { AnchorStore } from '../../ports/anchor-store.ts';
import { type BlobConnection, BlobContainer } from './blob-container.ts';

const CONTAINER = 'anchors';
/** A blob stands there: with If-None-Match it is 409 BlobAlreadyExists, under a policy BlobImmutableDueToPolicy. */
const TAKEN = [409, 412];

export class BlobAnchorStore implements AnchorStore {
  readonly #container: BlobContainer;

  constructor(settings: BlobConnection) {
    this.#container = new BlobContainer({ container: CONTAINER, ...settings });
  }

  async create(day: string, body: Uint8Array): Promise<'created' | 'there-already'> {
    const isCreated = await this.#container.putNew(nameOf(day), body, TAKEN);
    return isCreated ? 'created' : 'there-already';
  }

  async get(day: string): Promise<Uint8Array | undefined> {
    return await this.#container.get(nameOf(day));
  }
}

function nameOf(day: string): string {
  return `timelines/${day}.json`;
}
