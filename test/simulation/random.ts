// Chance by seed: one generator per purpose, so that a decision of one kind does not shift those of another.

export class Random {
  #state: number;

  constructor(seed: number, purpose: string) {
    this.#state = mixed(seed, purpose);
  }

  /** From 0, below 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  pick<T>(items: readonly [T, ...T[]]): T;
  pick<T>(items: readonly T[]): T | undefined;
  pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.next() * items.length)];
  }

  /** Mostly near the least, now and then near the most. */
  skewed(least: number, most: number): number {
    return Math.round(least + (most - least) * this.next() ** 4);
  }
}

/** FNV-1a over the purpose, mixed with the seed. */
function mixed(seed: number, purpose: string): number {
  let hash = 0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1);
  for (const letter of purpose) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  return hash ^ (hash >>> 13);
}
