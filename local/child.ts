// What every process of the laptop cloud does alike: read its options, report ready, obey its parent, and never outlive it.
const STOP_LIMIT_MS = 2_000;

export interface Child {
  /** What the parent is told once everything listens, e.g. the ports taken. */
  readonly ready: Record<string, unknown>;
  stop(): Promise<void>;
  /** Faults and other orders given while running, e.g. `down` for a broker. */
  control?(op: string, args: Record<string, unknown>): Promise<unknown>;
}

interface ControlMessage {
  readonly kind: 'control';
  readonly id: number;
  readonly op: string;
  readonly [argument: string]: unknown;
}

/** Runs one child process of the laptop cloud. `Options` is what the parent put into `LAKEWARDEN_CHILD`, trusted as it is. */
export function runChild<Options>(start: (options: Options) => Promise<Child>): void {
  const options: Options = JSON.parse(process.env.LAKEWARDEN_CHILD ?? '{}');
  // It holds every secret; what runs inside, the app first of all, is to see its own settings only.
  delete process.env.LAKEWARDEN_CHILD;
  const starting = start(options);
  starting.then(report, fail);
  const stop = stopOnce(starting);
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('disconnect', stop);
}

function report(child: Child): void {
  process.on('message', (message) => {
    if (isControl(message)) void obey(child, message);
  });
  tell({ kind: 'ready', ...child.ready });
}

function fail(error: unknown): void {
  const faults = error instanceof AggregateError ? error.errors.map(String) : [String(error)];
  tell({ kind: 'failed', faults });
  console.error(error);
  // Let the message reach the parent before the channel closes.
  setTimeout(() => process.exit(1), 50);
}

function stopOnce(starting: Promise<Child>): () => void {
  let stopping = false;
  return () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
    starting
      .then((child) => child.stop())
      .then(
        () => process.exit(0),
        () => process.exit(1),
      );
  };
}

async function obey(child: Child, message: ControlMessage): Promise<void> {
  const { id, op } = message;
  try {
    if (!child.control) throw new Error(`this process takes no orders, not even ${op}`);
    tell({ kind: 'control-done', id, result: await child.control(op, message) });
  } catch (error) {
    tell({ kind: 'control-done', id, error: String(error) });
  }
}

function isControl(message: unknown): message is ControlMessage {
  return typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'control';
}

function tell(message: Record<string, unknown>): void {
  if (process.connected) process.send?.(message);
}
