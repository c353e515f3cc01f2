// The message that the compared sides send: as large as a signal is, in a session of its cluster.
import { randomUUID } from 'node:crypto';
import type { ServiceBusMessage } from '@azure/service-bus';

export function messageOf(body: unknown): ServiceBusMessage {
  const { cluster } = Object(body);
  return {
    body: { received: body },
    contentType: 'application/json',
    messageId: `hello-${randomUUID()}`,
    sessionId: `cluster/${cluster?.cluster_id}`,
  };
}
