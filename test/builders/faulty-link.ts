// A TCP line to a server on loopback that can be made to fail: hang, refuse, cut, or lose the answer to a request that did arrive.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface FaultyLink {
  readonly port: number;
  /** Forwards the next `count` requests that match, and cuts the connection instead of passing their answers on. */
  loseAnswers(request: RegExp, count: number): void;
  /** How many answers were lost so far. */
  readonly lost: number;
  /** Forwards requests that match until one is answered as wanted, and keeps that answer until it is released. */
  holdAnswer(request: RegExp, answer: RegExp): HeldAnswer;
  /** Connections are taken and nothing ever passes, as with a machine that stopped. Open ones hang for good. */
  hang(): void;
  /** New connections are cut at once, open ones too. */
  refuse(): void;
  /** Cuts every open connection; new ones work. */
  cut(): void;
  /** New connections work. */
  mend(): void;
  /** How many connections were taken so far. */
  readonly connections: number;
  stop(): Promise<void>;
}

export interface HeldAnswer {
  /** The other side has answered: what was asked for is done, and whoever asked does not know. */
  readonly answered: Promise<void>;
  release(): void;
}

type Mode = 'pass' | 'hang' | 'refuse';

interface Line {
  readonly client: Socket;
  readonly server: Socket;
  isHanging: boolean;
  losesAnswer: boolean;
  holds?: Holding | undefined;
}

interface Holding {
  line?: Line;
  readonly request: RegExp;
  readonly answer: RegExp;
  readonly chunks: Buffer[];
  readonly answered: PromiseWithResolvers<void>;
}

export async function startFaultyLink(upstreamPort: number): Promise<FaultyLink> {
  const lines = new Set<Line>();
  let mode: Mode = 'pass';
  let toLose: { request: RegExp; count: number } | undefined;
  const toHold = new Set<Holding>();
  let lost = 0;
  let connections = 0;

  const listener = createServer((client) => {
    connections += 1;
    if (mode === 'refuse') {
      client.destroy();
      return;
    }
    join(client, mode === 'hang');
  });

  function join(client: Socket, isHanging: boolean): void {
    const server = connect(upstreamPort, '127.0.0.1');
    const line: Line = { client, server, isHanging, losesAnswer: false };
    lines.add(line);
    client.on('data', (chunk) => fromClient(line, chunk));
    server.on('data', (chunk) => fromServer(line, chunk));
    for (const socket of [client, server]) {
      socket.on('error', () => undefined);
      socket.on('close', () => end(line));
    }
  }

  function fromClient(line: Line, chunk: Buffer): void {
    if (line.isHanging) return;
    if (toLose && toLose.count > 0 && toLose.request.test(chunk.toString('latin1'))) {
      toLose.count -= 1;
      line.losesAnswer = true;
    }
    line.holds ??= [...toHold].find(({ request }) => request.test(chunk.toString('latin1')));
    line.server.write(chunk);
  }

  function fromServer(line: Line, chunk: Buffer): void {
    if (line.isHanging) return;
    if (line.holds && keeps(line, line.holds, chunk)) return;
    line.holds = undefined;
    if (!line.losesAnswer) {
      line.client.write(chunk);
      return;
    }
    lost += 1;
    end(line);
  }

  /** The first chunk tells whether it is the answer that is wanted; what follows on that line belongs to it. */
  function keeps(line: Line, holding: Holding, chunk: Buffer): boolean {
    if (toHold.has(holding) && holding.answer.test(chunk.toString('latin1'))) {
      toHold.delete(holding);
      holding.line = line;
      holding.answered.resolve();
    }
    if (holding.line !== line) return false;
    holding.chunks.push(chunk);
    return true;
  }

  function end(line: Line): void {
    if (line.isHanging && !line.client.destroyed) return;
    lines.delete(line);
    line.client.destroy();
    line.server.destroy();
  }

  function cut(): void {
    for (const line of [...lines]) {
      line.isHanging = false;
      end(line);
    }
  }

  function holdAnswer(request: RegExp, answer: RegExp): HeldAnswer {
    const holding: Holding = { request, answer, chunks: [], answered: Promise.withResolvers() };
    toHold.add(holding);
    return {
      answered: holding.answered.promise,
      release() {
        const { line } = holding;
        if (!line) return;
        line.holds = undefined;
        for (const chunk of holding.chunks) line.client.write(chunk);
      },
    };
  }

  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    loseAnswers(request, count) {
      toLose = { request, count };
    },
    holdAnswer,
    get lost() {
      return lost;
    },
    get connections() {
      return connections;
    },
    hang() {
      mode = 'hang';
      for (const line of lines) line.isHanging = true;
    },
    refuse() {
      mode = 'refuse';
      cut();
    },
    cut,
    mend() {
      mode = 'pass';
    },
    async stop() {
      cut();
      const closed = once(listener, 'close');
      listener.close();
      await closed;
    },
  };
}
