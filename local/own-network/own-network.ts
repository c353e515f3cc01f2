// Our own network on a laptop: the lines by which the app looks at what is outside, one per target, each of which can be blocked. A blocked
// line fails where a broken network of ours would, at the connection, while the other side runs on. Nothing else passes here.
import { setTimeout as pause } from 'node:timers/promises';
import { type Block, type Line, openLine } from './line.ts';

export interface BlockOrder {
  /** Names of lines; all of them without. */
  readonly targets?: readonly string[] | undefined;
  readonly mode: Block;
  /** Open again after so long. */
  readonly forMs?: number | undefined;
}

export interface OwnNetwork {
  /** By target: where the app finds it. */
  readonly hosts: Readonly<Record<string, string>>;
  /** Throws in words if there is no such line. */
  block(order: BlockOrder): Promise<void>;
  open(targets?: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** `upstreams`: by target, the base URL of what answers. */
export async function startOwnNetwork(upstreams: Readonly<Record<string, string>>): Promise<OwnNetwork> {
  const opened = await Promise.all(
    Object.entries(upstreams).map(
      async ([target, url]) => [target, await openLine(Number(new URL(url).port))] as const,
    ),
  );
  const lines = new Map<string, Line>(opened);
  const stopping = new AbortController();

  function named(targets: readonly string[] = [...lines.keys()]): Line[] {
    return targets.map((target) => {
      const line = lines.get(target);
      if (!line) throw new Error(`there is no line to ${target}; there is ${[...lines.keys()].join(', ')}`);
      return line;
    });
  }

  async function open(targets?: readonly string[]): Promise<void> {
    await Promise.all(named(targets).map((line) => line.open()));
  }

  return {
    hosts: Object.fromEntries(opened.map(([target, { port }]) => [target, `http://127.0.0.1:${port}`])),
    open,
    async block({ targets, mode, forMs }) {
      await Promise.all(named(targets).map((line) => line.block(mode)));
      if (forMs === undefined) return;
      // Not waited for: whoever blocks goes on.
      void pause(forMs, undefined, { signal: stopping.signal, ref: false }).then(
        () => open(targets),
        () => undefined,
      );
    },
    async stop() {
      stopping.abort();
      await Promise.all([...lines.values()].map((line) => line.stop()));
    },
  };
}
