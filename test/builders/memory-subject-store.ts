// SubjectStore in memory, by the words of the port.
import { Conflict } from '../../shared/domain/errors.ts';
import type { SubjectPointer, SubjectStore } from '../../shared/ports/incident-store.ts';
import { type Interrupt, interruptible, uninterrupted } from './interruptions.ts';

export class MemorySubjectStore implements SubjectStore {
  readonly #interrupt: Interrupt;
  readonly #pointers = new Map<string, SubjectPointer>();
  #writes = 0;

  constructor(interrupt: Interrupt = uninterrupted) {
    this.#interrupt = interrupt;
  }

  get(subject: string): Promise<SubjectPointer | undefined> {
    return interruptible(this.#interrupt, 'subjects.get', () => this.#pointers.get(subject));
  }

  set(pointer: Omit<SubjectPointer, 'etag'>, basis: SubjectPointer | undefined): Promise<SubjectPointer> {
    return interruptible(this.#interrupt, 'subjects.set', () => {
      if (this.#pointers.get(pointer.subject)?.etag !== basis?.etag) {
        throw new Conflict('written-meanwhile', `the pointer of ${pointer.subject} was set meanwhile`);
      }
      this.#writes += 1;
      const stored = { ...pointer, etag: `"${this.#writes}"` };
      this.#pointers.set(pointer.subject, stored);
      return stored;
    });
  }
}
