// A link whose attach has arrived and has not been answered yet: it is admitted or refused, at once or later (an accept of
// "the next session" is held back until there is one).
import type { Receiver, Sender } from 'rhea';
import type { Refusal } from '../refusals.ts';
import { type Attach, type LinkInside, linkInside } from '../rhea.ts';

export interface Terms {
  readonly maxMessageSize?: number;
  /** The filter that was granted, e.g. the session. */
  readonly filter?: Record<string, unknown>;
  readonly properties?: Record<string, unknown>;
}

export class Attaching<Link extends Sender | Receiver = Sender | Receiver> {
  readonly link: Link;
  readonly #inside: LinkInside;
  readonly #open: () => void;
  #isAnswered = false;

  /** `open` is the link's own, which rhea would have called on arrival. */
  constructor(link: Link, open: () => void) {
    this.link = link;
    this.#inside = linkInside(link);
    this.#open = open;
  }

  get remote(): Attach {
    return this.#inside.remote.attach ?? this.#inside.local.attach;
  }

  admit(terms: Terms = {}): void {
    const { attach } = this.#inside.local;
    const { snd_settle_mode, rcv_settle_mode } = this.remote;
    if (snd_settle_mode !== undefined) attach.snd_settle_mode = snd_settle_mode;
    if (rcv_settle_mode !== undefined) attach.rcv_settle_mode = rcv_settle_mode;
    if (terms.maxMessageSize !== undefined) attach.max_message_size = terms.maxMessageSize;
    if (terms.properties) attach.properties = terms.properties;
    this.#answer(terms.filter);
  }

  /** As the service does: an attach, then a detach that says why. */
  refuse({ condition, message }: Refusal): void {
    if (this.#isAnswered) return;
    this.#answer(undefined);
    this.link.close({ condition, description: message });
  }

  /** The client gave up waiting. AMQP wants its attach answered all the same before rhea answers the detach. */
  giveUp(): void {
    if (!this.#isAnswered) this.#answer(undefined);
  }

  #answer(filter: Record<string, unknown> | undefined): void {
    this.#isAnswered = true;
    const address = { source: this.link.source?.address, target: this.link.target?.address };
    this.link.set_source({ address: address.source ?? '', ...(filter ? { filter } : {}) });
    this.link.set_target({ address: address.target ?? '' });
    this.#inside.open = this.#open;
    this.#open();
  }
}
