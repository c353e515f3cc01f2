// BodyStore over Blob Storage: claim-checked bodies.
import type { BodyStore } from '../../ports/body-store.ts';
import { type BlobConnection, BlobContainer } from './blob-container.ts';

const CONTAINER = 'bodies';

export class BlobBodyStore implements BodyStore {
  readonly #container: BlobContainer;

  constructor(settings: BlobConnection) {
    this.#container = new BlobContainer({ container: CONTAINER, ...settings });
  }

  async put(name: string, body: Uint8Array): Promise<void> {
    await this.#container.put(name, body);
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    return await this.#container.get(name);
  }
}
