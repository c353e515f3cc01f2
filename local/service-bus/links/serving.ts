// What the links of one connection share: the namespace behind them, what the client may touch, and what has to be tidied up
// when a link, its AMQP session or the whole connection goes.
import type { Connection, Receiver, Sender, Session } from 'rhea';
import { Grants, type SharedAccess } from '../access.ts';
import type { Entities } from '../entities.ts';
import type { Tally } from '../tally.ts';

export interface Namespace {
  readonly entities: Entities;
  readonly access: SharedAccess;
  readonly tally: Tally;
}

type Link = Sender | Receiver;

export class Serving {
  readonly namespace: Namespace;
  readonly grants: Grants;
  /** Where answers of `$cbs` and `$management` go, by the name that requests put into `reply-to`. */
  readonly replyLinks = new Map<string, Sender>();
  readonly #tidyUps = new Map<Link, () => void>();

  constructor(namespace: Namespace) {
    this.namespace = namespace;
    this.grants = new Grants(namespace.access);
  }

  /** `tidyUp` runs once, however the link ends: detached, its session ended, its socket lost. */
  whenGone(link: Link, tidyUp: () => void): void {
    this.#tidyUps.set(link, tidyUp);
    link.on(link.is_sender() ? 'sender_close' : 'receiver_close', () => this.#gone(link));
  }

  sessionGone(session: Session): void {
    for (const link of [...this.#tidyUps.keys()]) if (link.session === session) this.#gone(link);
  }

  connectionGone(): void {
    for (const link of [...this.#tidyUps.keys()]) this.#gone(link);
  }

  #gone(link: Link): void {
    const tidyUp = this.#tidyUps.get(link);
    this.#tidyUps.delete(link);
    tidyUp?.();
  }
}

/** Every connection's `Serving`, for as long as it lives. */
export class Connections {
  readonly #namespace: Namespace;
  readonly #servings = new Map<Connection, Serving>();

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
  }

  of(connection: Connection): Serving {
    const serving = this.#servings.get(connection) ?? new Serving(this.#namespace);
    this.#servings.set(connection, serving);
    return serving;
  }

  gone(connection: Connection): void {
    this.#servings.get(connection)?.connectionGone();
    this.#servings.delete(connection);
  }

  all(): Connection[] {
    return [...this.#servings.keys()];
  }
}
