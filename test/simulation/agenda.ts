// What will happen, by true time: a simulation goes from event to event. Events of one instant come in the order in which they were put down.

interface Entry {
  readonly at: number;
  readonly place: number;
  readonly happen: () => void;
}

export class Agenda {
  readonly #entries: Entry[] = [];
  #places = 0;

  put(at: number, happen: () => void): void {
    this.#places += 1;
    this.#entries.push({ at, place: this.#places, happen });
    this.#rise(this.#entries.length - 1);
  }

  get nextAt(): number | undefined {
    return this.#entries[0]?.at;
  }

  /** The earliest event; it is no longer on the agenda. */
  take(): Entry | undefined {
    const first = this.#entries[0];
    const last = this.#entries.pop();
    if (first !== undefined && last !== undefined && first !== last) {
      this.#entries[0] = last;
      this.#sink(0);
    }
    return first;
  }

  #rise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#swapped(at, parent)) return;
      at = parent;
    }
  }

  #sink(from: number): void {
    for (let at = from; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const least = right < this.#entries.length && this.#isEarlier(right, left) ? right : left;
      if (least >= this.#entries.length || !this.#swapped(least, at)) return;
      at = least;
    }
  }

  /** Puts the earlier one into the upper place. */
  #swapped(lower: number, upper: number): boolean {
    if (!this.#isEarlier(lower, upper)) return false;
    const [a, b] = [this.#entries[lower], this.#entries[upper]];
    if (a && b) [this.#entries[lower], this.#entries[upper]] = [b, a];
    return true;
  }

  #isEarlier(one: number, other: number): boolean {
    const [a, b] = [this.#entries[one], this.#entries[other]];
    if (!a || !b) return false;
    return a.at < b.at || (a.at === b.at && a.place < b.place);
  }
}
