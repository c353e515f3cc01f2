// Tells the client what became of its deliveries. rhea merges neighbouring dispositions of one tick into a range and compares
// the outcomes only from the third on (session.js, write_dispositions: `first !== last &&`), so a refused message could be
// reported as accepted. Here each run of equal outcomes is written before the next one is begun.
import type { Delivery, Receiver, Sender, Typed } from 'rhea';
import type { Refusal } from '../refusals.ts';
import { connectionInside, deliveryInside, linkInside, sessionInside, types } from '../rhea.ts';

/** AMQP 1.0 part 3, 3.4: descriptors of the delivery states. */
const ACCEPTED = 0x24;
const REJECTED = 0x25;

interface Settlement {
  readonly delivery: Delivery;
  readonly refusal: Refusal | undefined;
}

export class Settlements {
  readonly #link: Sender | Receiver;
  readonly #flush: () => void;
  #waiting: Settlement[] = [];

  /** `written` is called when deliveries have been settled, which makes room for more. */
  constructor(link: Sender | Receiver, written: () => void = () => undefined) {
    const session = sessionInside(link.session);
    const inside = linkInside(link);
    const process = inside._process.bind(link);
    this.#link = link;
    this.#flush = () => (link.is_sender() ? session.outgoing.process() : session.incoming.process(session));
    // rhea calls it in every round, after it has written what the session itself had to write.
    inside._process = () => {
      if (this.#write()) written();
      process();
    };
  }

  /** Without a refusal the delivery is accepted: also a dead-lettered one, whose echo the client would take for a failure. */
  add(delivery: Delivery, refusal?: Refusal): void {
    this.#waiting.push({ delivery, refusal });
    connectionInside(this.#link.connection)._register();
  }

  #write(): boolean {
    const settlements = this.#waiting;
    this.#waiting = [];
    for (const [at, { delivery, refusal }] of settlements.entries()) {
      delivery.update(true, refusal ? rejected(refusal) : accepted());
      // A peek-locked delivery is never settled by the client itself, and rhea's ring of 2,048 would fill up for good.
      if (this.#link.is_sender()) deliveryInside(delivery).remote_settled = true;
      const next = settlements[at + 1];
      if (refusal || !next || next.refusal) this.#flush();
    }
    return settlements.length > 0;
  }
}

function accepted(): Typed {
  return types.described(types.wrap_ulong(ACCEPTED), types.wrap_list([]));
}

function rejected({ condition, message }: Refusal): Typed {
  const error = types.wrap_error({ condition, description: message });
  return types.described(types.wrap_ulong(REJECTED), types.wrap_list([error]));
}
