// The end of one try: by its deadline, by what was seen of the answer, or by the SDK, whichever is first. The SDK may never
// settle (redirects, an answer read by us) or settle late (a pause of its own), so it is never waited for.
import type { Stopped } from './answer-watch.ts';
import { DeadlinePassed } from './translate.ts';

export class Attempt {
  readonly #cut = new AbortController();
  readonly #ended = Promise.withResolvers<never>();
  readonly #timer: NodeJS.Timeout;
  #endedBy: Stopped | undefined;

  constructor(deadlineMs: number) {
    this.#timer = setTimeout(() => this.abort(new DeadlinePassed()), Math.max(0, deadlineMs));
    // Nobody may be racing at the moment it ends.
    this.#ended.promise.catch(() => {});
  }

  /** Given to the SDK: cuts its connection. */
  get signal(): AbortSignal {
    return this.#cut.signal;
  }

  get endedBy(): Stopped | undefined {
    return this.#endedBy;
  }

  readonly settle = (reason: Stopped): void => {
    this.#endedBy ??= reason;
    this.#ended.reject(reason);
  };

  readonly abort = (reason: Stopped): void => {
    this.settle(reason);
    this.#cut.abort(reason);
  };

  race<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#ended.promise]);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
