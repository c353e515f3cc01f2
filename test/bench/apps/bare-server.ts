// A bare node:http server that sends what it gets, once: the most that Node, the SDK and the broker can do on this machine.
import { createServer, type IncomingMessage } from 'node:http';
import { ServiceBusClient } from '@azure/service-bus';
import { runChild } from '../../../local/child.ts';
import { messageOf } from './message.ts';

runChild<{ readonly connection: string }>(async ({ connection }) => {
  const sender = new ServiceBusClient(connection).createSender('signals');
  const server = createServer((request, response) => {
    read(request)
      .then((text) => sender.sendMessages(messageOf(JSON.parse(text))))
      .then(
        () => response.writeHead(202).end(),
        () => response.writeHead(503).end(),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    ready: { port: typeof address === 'object' ? address?.port : undefined },
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
});

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
