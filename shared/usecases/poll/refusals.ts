// One thing that may not be read, e.g. for want of a right, hides no other: the poll goes on, and says at its end what was refused.
import { Refused } from '../../domain/errors.ts';

const MOST_TOLD = 3;

export class Refusals {
  readonly #words: string[] = [];

  /** undefined where the workspace refused it. A workspace that does not answer ends the poll all the same. */
  async past<Value>(look: () => Promise<Value>): Promise<Value | undefined> {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'workspace-refused') throw error;
      this.#words.push(error.message);
      return undefined;
    }
  }

  get told(): readonly string[] {
    const more = this.#words.length - MOST_TOLD;
    return [...this.#words.slice(0, MOST_TOLD), ...(more > 0 ? [`and ${more} more were refused`] : [])];
  }
}
