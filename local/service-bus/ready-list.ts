// Messages that wait to be received, oldest sequence number first. A message that comes back (abandoned, lock lost) takes its
// old place again: that keeps a session in order.
export interface Numbered {
  readonly sequenceNumber: number;
}

/** Shifting an array costs its length; a head that moves does not. The dead part is cut off once it is worth it. */
const WORTH_CUTTING = 1_024;

export class ReadyList<Item extends Numbered> {
  #items: (Item | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  add(item: Item): void {
    const at = this.#placeOf(item.sequenceNumber);
    if (at === this.#head && at > 0) this.#items[--this.#head] = item;
    else this.#items.splice(at, 0, item);
  }

  shift(): Item | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.#head > WORTH_CUTTING && this.#head * 2 > this.#items.length) this.#cut();
    return item;
  }

  remove(item: Item): void {
    const at = this.#placeOf(item.sequenceNumber);
    if (this.#items[at] === item) this.#items.splice(at, 1);
  }

  #placeOf(sequenceNumber: number): number {
    let low = this.#head;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#items[middle]?.sequenceNumber ?? 0) < sequenceNumber) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #cut(): void {
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}
