// The one place that knows rhea's inside. Its types leave out what a broker needs, and some of its behaviour suits only a
// client; so what is used is described here and checked when it is met: another version than 3.0.5 fails loudly.
import rhea, { type Connection, type Delivery, type Receiver, type Sender, type Session, type Typed } from 'rhea';

export const { types, message: messages } = rhea;

interface Reader {
  position: number;
  remaining(): number;
  read(): Typed;
}
interface Writer {
  write(value: Typed): void;
  toBuffer(): Buffer;
}
interface Codec {
  Reader: new (bytes: Buffer) => Reader;
  Writer: new () => Writer;
}

export interface Attach {
  name: string;
  role: boolean;
  snd_settle_mode?: number;
  rcv_settle_mode?: number;
  source?: unknown;
  target?: unknown;
  max_message_size?: number;
  properties?: Record<string, unknown>;
}
/** What every link has inside: both attaches, its state, and the step that writes its frames. */
export interface LinkInside {
  local: { attach: Attach };
  remote: { attach?: Attach };
  open(): void;
  _process(): void;
}
/** The sending half of a link, as its flow is kept by rhea. */
export interface SenderInside extends LinkInside {
  credit: number;
  delivery_count: number;
  issue_flow: boolean;
  _get_drain(): boolean;
}
export interface SessionInside {
  outgoing: { next_delivery_id: number; next_pending_delivery: number; available(): number; process(): void };
  incoming: { process(session: SessionInside): void };
  create_sender(name: string): Sender;
  create_receiver(name: string): Receiver;
  on_attach(frame: { performative: Attach }): void;
  on_transfer(frame: { performative: { message_format?: number } }): void;
}
export interface DeliveryInside {
  remote_settled: boolean;
  remote_state?: unknown;
}
export interface ConnectionInside {
  accept(socket: unknown): void;
  /** Has rhea write, on the next tick, what is to be written. */
  _register(): void;
  /** Without arguments: an empty frame, as rhea's own heartbeat writes it. */
  _write_frame(): void;
}

export function codec(): Codec {
  return expect<Codec, typeof types>(types, ['Reader', 'Writer']);
}

export function linkInside<Link extends Sender | Receiver>(link: Link): Link & LinkInside {
  return expect<LinkInside, Link>(link, ['local', 'remote', 'open', '_process']);
}

export function senderInside(sender: Sender): Sender & SenderInside {
  return expect<SenderInside, Sender>(sender, ['credit', 'delivery_count', 'issue_flow', '_get_drain']);
}

export function sessionInside(session: Session): Session & SessionInside {
  return expect<SessionInside, Session>(session, [
    'outgoing',
    'incoming',
    'create_sender',
    'create_receiver',
    'on_attach',
    'on_transfer',
  ]);
}

export function deliveryInside(delivery: Delivery): DeliveryInside {
  return expect<DeliveryInside, Delivery>(delivery, ['remote_settled', 'remote_state']);
}

export function connectionInside(connection: Connection): Connection & ConnectionInside {
  return expect<ConnectionInside, Connection>(connection, ['accept', '_register', '_write_frame']);
}

function expect<Inside, Known extends object>(value: Known, names: readonly (keyof Inside & string)[]): Known & Inside {
  if (has<Inside, Known>(value, names)) return value;
  throw new Error(`rhea is not the version this broker was written for (3.0.5): one of ${names.join(', ')} is missing`);
}

function has<Inside, Known extends object>(value: Known, names: readonly string[]): value is Known & Inside {
  return names.every((name) => name in value);
}
