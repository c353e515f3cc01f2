// A way to reach people. `Unavailable`: try again; `Refused`: this message will never be taken on this channel.
import type { ToldMessage } from '../domain/notification/message.ts';

export interface Channel {
  readonly name: string;
  /** Resolves once the receiving system has accepted the message. `copy` above 1 says that an earlier copy may have arrived. */
  send(message: ToldMessage, copy: number): Promise<void>;
}

export interface Channels {
  /** undefined: the estate has no such channel. */
  get(name: string): Channel | undefined;
}
