// How much the client is ready to take on a link, and what it is told when it takes its credit back (drain).
import type { Sender } from 'rhea';
import { type SenderInside, type SessionInside, senderInside, sessionInside } from '../rhea.ts';

export class Flow {
  readonly #link: Sender & SenderInside;
  readonly #outgoing: SessionInside['outgoing'];
  #isAttached = false;
  #isDrainAsked = false;
  #isDrainAnswered = false;

  /** `attached` is called once the attach has gone out. */
  constructor(sender: Sender, attached: () => void) {
    const link = senderInside(sender);
    this.#link = link;
    this.#outgoing = sessionInside(sender.session).outgoing;
    const process = link._process.bind(link);
    // rhea's own is silent when no credit is left, and the client would wait 200 ms and close the link.
    link._get_drain = () => this.#isDrainAnswered;
    link._process = () => {
      if (this.#isDrainAsked && this.#queued() === 0) this.#answerDrain();
      process();
      this.#isDrainAnswered = false;
      if (this.#isAttached) return;
      this.#isAttached = true;
      attached();
    };
  }

  hasRoom(): boolean {
    // Not before the attach: rhea writes transfers first, and a client may give credit without waiting for the answer.
    if (!this.#isAttached || !this.#link.is_open()) return false;
    return this.#link.credit > this.#queued() && this.#outgoing.available() > 0;
  }

  /** Answered once all that was promised has been sent: what waits for the peer's window goes first. */
  drain(): void {
    this.#isDrainAsked = true;
  }

  /** rhea takes credit off only when it writes, a tick later: what is queued counts as spent. */
  #queued(): number {
    return this.#outgoing.next_delivery_id - this.#outgoing.next_pending_delivery;
  }

  #answerDrain(): void {
    this.#isDrainAsked = false;
    this.#isDrainAnswered = true;
    this.#link.delivery_count += this.#link.credit;
    this.#link.credit = 0;
    this.#link.issue_flow = true;
  }
}
