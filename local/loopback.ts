// How everything of the laptop cloud that is ours listens: on 127.0.0.1 and nowhere else.
import type { Server } from 'node:net';

/** Resolves with the port taken; 0 takes any free one. Rejects with what the system says, e.g. EADDRINUSE. */
export function listenOnLoopback(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      const address = server.address();
      if (address !== null && typeof address === 'object') resolve(address.port);
    });
  });
}
