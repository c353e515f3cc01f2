// Virtual time that does not stand still between two looks at it.
import { MemoryClock } from './memory-clock.ts';

/** As a machine's: now and then a millisecond passes from one look to the next. */
export class PassingClock extends MemoryClock {
  #looks = 0;

  override now(): Date {
    this.#look();
    return super.now();
  }

  override after(seconds: number): Date {
    this.#look();
    return super.after(seconds);
  }

  #look(): void {
    this.#looks += 1;
    if (this.#looks % 7 === 0) this.jump(1);
  }
}
