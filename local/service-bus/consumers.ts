// Who gets the next message. In a queue without sessions the consumers that have room take turns; in one with sessions a
// message goes to the holder of its session and to nobody else.
import type { Queue } from './queue.ts';
import type { ReceiveMode, StoredMessage } from './stored-message.ts';

export interface Consumer {
  readonly mode: ReceiveMode;
  hasRoom(): boolean;
  deliver(message: StoredMessage): void;
}

export class Consumers {
  readonly #queue: Queue;
  readonly #competing: Consumer[] = [];
  readonly #bySession = new Map<string, Consumer>();

  constructor(queue: Queue) {
    this.#queue = queue;
    queue.watch((sessionId) => this.pump(sessionId));
  }

  add(consumer: Consumer, sessionId?: string): void {
    if (sessionId === undefined) this.#competing.push(consumer);
    else this.#bySession.set(sessionId, consumer);
    this.pump(sessionId);
  }

  remove(consumer: Consumer, sessionId?: string): void {
    if (sessionId !== undefined && this.#bySession.get(sessionId) === consumer) this.#bySession.delete(sessionId);
    const at = this.#competing.indexOf(consumer);
    if (at >= 0) this.#competing.splice(at, 1);
  }

  /** Hands out what there is, as far as there is room for it. */
  pump(sessionId?: string): void {
    for (let consumer = this.#next(sessionId); consumer; consumer = this.#next(sessionId)) {
      const message = this.#queue.take(consumer.mode, sessionId);
      if (!message) return;
      consumer.deliver(message);
    }
  }

  #next(sessionId: string | undefined): Consumer | undefined {
    if (sessionId) {
      const holder = this.#bySession.get(sessionId);
      return holder?.hasRoom() ? holder : undefined;
    }
    const at = this.#competing.findIndex((consumer) => consumer.hasRoom());
    if (at < 0) return undefined;
    const [consumer] = this.#competing.splice(at, 1);
    if (consumer) this.#competing.push(consumer);
    return consumer;
  }
}
