// A functions app that sends what it gets to the queue, once, and nothing else: what accepting a webhook is compared with.
// Streaming is on as in the real app, so that the comparison shows what we add and not how the host hands over a body.
import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';
import { ServiceBusClient, type ServiceBusSender } from '@azure/service-bus';
import { messageOf } from './message.ts';

app.setup({ enableHttpStream: true });
app.http('hello-sender', { route: 'hello', methods: ['POST'], authLevel: 'anonymous', handler });

let sender: ServiceBusSender | undefined;

async function handler(request: HttpRequest): Promise<HttpResponseInit> {
  sender ??= new ServiceBusClient(process.env.ServiceBusConnection ?? '').createSender('signals');
  await sender.sendMessages(messageOf(await request.json()));
  return { status: 202 };
}
