// The AMQP side of the broker: takes rhea's connections and sessions, holds back every attach until it is admitted, keeps the
// bytes of what is sent, and answers fast where TCP alone would not.
import rhea, {
  type Connection,
  type Container,
  type EventContext,
  type Receiver,
  type Sender,
  type Session,
} from 'rhea';
import { FRAME_BYTES, IDLE_TIMEOUT_MS } from '../refusals.ts';
import { connectionInside, linkInside, sessionInside } from '../rhea.ts';
import { admitReceiver, admitSender } from './admission.ts';
import { Attaching } from './attaching.ts';
import { SINGLE_AS_BYTES } from './sends.ts';
import { Connections, type Namespace, type Serving } from './serving.ts';

export interface AmqpSide {
  readonly connections: Connections;
  /** Serves a client that has just connected. */
  accept(socket: unknown): void;
}

export function amqpSide(namespace: Namespace): AmqpSide {
  const container = rhea.create_container({ autoaccept: false, treat_modified_as_released: false, credit_window: 0 });
  const connections = new Connections(namespace);
  container.sasl_server_mechanisms.enable_anonymous();
  container.on('connection_open', ({ connection }: EventContext) => {
    connections.of(connection);
    acknowledgeAtOnce(connection);
  });
  container.on('session_open', ({ connection, session }: EventContext) => {
    if (session) serveSession(session, connections.of(connection));
  });
  container.on('session_close', ({ connection, session }: EventContext) => {
    if (session) connections.of(connection).sessionGone(session);
  });
  container.on('connection_close', ({ connection }: EventContext) => connections.gone(connection));
  container.on('disconnected', ({ connection }: EventContext) => connections.gone(connection));
  reportFaults(container);
  return { connections, accept };

  function accept(socket: unknown): void {
    const options = { max_frame_size: FRAME_BYTES, idle_time_out: IDLE_TIMEOUT_MS, tcp_no_delay: true, port: 0 };
    connectionInside(container.create_connection(options)).accept(socket);
  }
}

function serveSession(session: Session, serving: Serving): void {
  const inside = sessionInside(session);
  const onAttach = inside.on_attach.bind(inside);
  const onTransfer = inside.on_transfer.bind(inside);
  inside.on_attach = (frame) => {
    const { name, role } = frame.performative;
    // Created before rhea would, so that its answer can be held back.
    if (role) {
      const attaching = holdBack(inside.create_sender(name));
      onAttach(frame);
      admitReceiver(attaching, serving);
    } else {
      const attaching = holdBack(inside.create_receiver(name));
      onAttach(frame);
      admitSender(attaching, serving);
    }
  };
  inside.on_transfer = (frame) => {
    if (frame.performative.message_format === 0) frame.performative.message_format = SINGLE_AS_BYTES;
    onTransfer(frame);
  };
}

function holdBack<Link extends Sender | Receiver>(link: Link): Attaching<Link> {
  const inside = linkInside(link);
  const open = inside.open.bind(link);
  inside.open = () => undefined;
  return new Attaching(link, open);
}

/**
 * The client's sockets have Nagle on, and it cannot be switched off through the SDK: a small frame waits there until the one
 * before is acknowledged, which Linux delays by 40 ms when there is nothing to send. So whatever comes in and is answered
 * by nothing is answered by an empty frame (AMQP 1.0 part 2, 2.4.5), which carries the acknowledgement.
 */
function acknowledgeAtOnce(connection: Connection): void {
  const { socket } = connection;
  let isChecking = false;
  socket.on('data', () => {
    if (isChecking) return;
    isChecking = true;
    const writtenBefore = socket.bytesWritten;
    setImmediate(() => {
      isChecking = false;
      if (socket.bytesWritten === writtenBefore && connection.is_open()) connectionInside(connection)._write_frame();
    });
  });
}

/** rhea ends the connection after each of these; without a listener an error would end the process. */
function reportFaults(container: Container): void {
  container.on('error', (fault: unknown) => console.error('service bus broker:', fault));
  // A client's fault, e.g. one that opens twice while it reconnects: a line, not a stack.
  container.on('protocol_error', (fault: unknown) => console.error(`service bus broker: ${fault}`));
  container.on('connection_error', () => undefined);
}
