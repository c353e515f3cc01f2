// DeadLetterStore in memory, by the words of the port.
import type { DeadLetterState } from '../../shared/domain/dead-letters/query.ts';
import { Conflict, InvalidInput } from '../../shared/domain/errors.ts';
import type {
  DeadLetter,
  DeadLetterPage,
  DeadLetterStore,
  StoredDeadLetter,
} from '../../shared/ports/dead-letter-store.ts';
import { type Interrupt, interruptible, uninterrupted } from './interruptions.ts';

export class MemoryDeadLetterStore implements DeadLetterStore {
  readonly #interrupt: Interrupt;
  readonly #letters = new Map<string, StoredDeadLetter>();
  #writes = 0;

  constructor(interrupt: Interrupt = uninterrupted) {
    this.#interrupt = interrupt;
  }

  /** Every letter, for a test's invariants. */
  get letters(): readonly DeadLetter[] {
    return [...this.#letters.values()].map(({ letter }) => letter);
  }

  get(id: string): Promise<StoredDeadLetter | undefined> {
    return interruptible(this.#interrupt, 'deadLetters.get', () => structuredClone(this.#letters.get(id)));
  }

  put(letter: DeadLetter, basis: StoredDeadLetter | undefined): Promise<StoredDeadLetter> {
    return interruptible(this.#interrupt, 'deadLetters.put', () => {
      if (this.#letters.get(letter.id)?.etag !== basis?.etag) {
        throw new Conflict('written-meanwhile', `dead letter ${letter.id} was changed meanwhile`);
      }
      this.#writes += 1;
      const stored = { letter: JSON.parse(JSON.stringify(letter)), etag: `"${this.#writes}"` };
      this.#letters.set(letter.id, stored);
      return structuredClone(stored);
    });
  }

  list(states: readonly DeadLetterState[], pageSize: number, continuation?: string): Promise<DeadLetterPage> {
    return interruptible(this.#interrupt, 'deadLetters.list', () => {
      const after = continuation === undefined ? '' : idOf(continuation);
      const matching = this.#in(states).filter(({ letter }) => letter.id > after);
      const letters = matching.slice(0, pageSize).map(({ letter }) => letter);
      const last = letters.at(-1);
      return matching.length > pageSize && last ? { letters, continuation: tokenOf(last.id) } : { letters };
    });
  }

  async *all(states: readonly DeadLetterState[]): AsyncGenerator<StoredDeadLetter> {
    for (const stored of this.#in(states)) {
      await this.#interrupt('deadLetters.all', 'before');
      yield stored;
    }
  }

  remove({ letter: { id }, etag }: StoredDeadLetter): Promise<void> {
    return interruptible(this.#interrupt, 'deadLetters.remove', () => {
      const known = this.#letters.get(id);
      if (known && known.etag !== etag)
        throw new Conflict('written-meanwhile', `dead letter ${id} was changed meanwhile`);
      this.#letters.delete(id);
    });
  }

  #in(states: readonly DeadLetterState[]): StoredDeadLetter[] {
    const found = [...this.#letters.values()].filter(({ letter }) => states.includes(letter.state));
    return structuredClone(found).sort((a, b) => (a.letter.id < b.letter.id ? -1 : 1));
  }
}

function tokenOf(id: string): string {
  return Buffer.from(id).toString('base64url');
}

function idOf(continuation: string): string {
  const id = Buffer.from(continuation, 'base64url').toString();
  if (id !== '' && /^[\w-]+$/.test(id) && tokenOf(id) === continuation) return id;
  throw new InvalidInput('bad-request', 'The continuation is not valid', [
    { pointer: '/continuation', detail: 'is unknown' },
  ]);
}
