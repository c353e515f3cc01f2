// Delivers one message to one channel, or folds it into a summary, and puts on the timeline what became of it. A channel that does not answer
// is tried again later, by a scheduled message that is decided once for each try: copies that each scheduled a next one would double with every try.
import { LakewardenError, Refused, Unavailable } from '../domain/errors.ts';
import { isTicketId } from '../domain/ids.ts';
import type { TimelineEntry } from '../domain/incidents/timeline.ts';
import type { DecisionLinks } from '../domain/notification/decision-links.ts';
import type { DeliveryOrder } from '../domain/notification/delivery-order.ts';
import { laneOf, mayBeFolded, type Placement, summaryIdOf } from '../domain/notification/folding.ts';
import type { Message, ToldMessage } from '../domain/notification/message.ts';
import type { BusMessage } from '../ports/bus.ts';
import type { Channels } from '../ports/channel.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { againOnConflict } from './again-on-conflict.ts';
import { flush, handOver } from './hand-over.ts';
import { type KeepBackPorts, keepBack } from './message/keep-back.ts';
import { closeWindow, type PlacePorts, placeMessage } from './message/place-message.ts';
import { tellOwnTrouble } from './own-trouble.ts';
import { personMessage, triesIn } from './person-message.ts';

/** Seconds of operations before tries 2, 3, ...: about two hours in all. */
const BACKOFF_SECONDS = [5, 15, 60, 180, 600, 1200, 1800, 3600] as const;

export interface DeliverPorts extends PlacePorts, KeepBackPorts {
  readonly channels: Channels;
  /** Undefined: nobody has set up links to decide by. */
  readonly decisionLinks: DecisionLinks | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

export type Delivery =
  | 'delivered'
  | 'delivered-before'
  | 'kept-back'
  | 'folded'
  | 'nothing-folded'
  | 'later'
  | 'undeliverable';

/** `deliveryCount` above 1 means that an earlier delivery may have reached the channel before it died: the copy says so. */
export async function deliverMessage(
  ports: DeliverPorts,
  order: DeliveryOrder,
  deliveryCount: number,
): Promise<Delivery> {
  const { message, tries } = order;
  if (isTicketId(message.incidentId) && (await ports.incidents.hasHandled(message.incidentId, message.id))) {
    await flush(ports, message.incidentId);
    return 'delivered-before';
  }
  if (message.foldedSince !== undefined) {
    const summary = await closeWindow(ports, message);
    return summary ? await tell(ports, { ...order, message: summary }, deliveryCount) : 'nothing-folded';
  }
  if (await keepBack(ports, message)) return 'kept-back';
  // Whatever is tried again goes out by itself.
  if (tries === 0 && isTicketId(message.incidentId) && mayBeFolded(message)) {
    const placement = await placeMessage(ports, message);
    if (placement.place === 'folded') return await noteFolded(ports, message, placement);
  }
  return await tell(ports, order, deliveryCount);
}

async function noteFolded(ports: DeliverPorts, message: Message, { startedAt, endsAt }: Placement): Promise<Delivery> {
  await note(ports, message, {
    type: 'message-folded',
    actor: 'lakewarden',
    text: `Folded into the summary for ${message.recipient} over ${message.channel} that goes out at ${endsAt}: ${message.text}`,
    data: { messageId: message.id, summaryId: summaryIdOf(laneOf(message), startedAt), dueAt: endsAt },
  });
  return 'folded';
}

async function tell(ports: DeliverPorts, order: DeliveryOrder, deliveryCount: number): Promise<Delivery> {
  const { message, tries } = order;
  try {
    const channel = ports.channels.get(message.channel);
    if (!channel) throw new Refused('channel-refused', `the estate has no channel ${message.channel}`);
    await channel.send(withDecideLink(ports, message), Math.max(1, deliveryCount));
  } catch (error) {
    if (!(error instanceof LakewardenError)) throw error;
    return await notDelivered(ports, order, error);
  }
  await note(ports, message, {
    type: 'message-delivered',
    actor: 'lakewarden',
    text: `Told ${message.recipient} over ${message.channel}: ${message.text}`,
    data: { messageId: message.id, tries: tries + 1 },
  });
  return 'delivered';
}

/** The same for every copy: what was signed is what was asked. */
function withDecideLink({ decisionLinks }: DeliverPorts, message: Message): ToldMessage {
  const { decision, incidentId, recipient: role } = message;
  if (!decisionLinks || !decision || !isTicketId(incidentId)) return message;
  return { ...message, decideLink: decisionLinks.linkFor({ ...decision, incidentId, role }) };
}

async function notDelivered(
  ports: DeliverPorts,
  { message, tries }: DeliveryOrder,
  error: LakewardenError,
): Promise<Delivery> {
  const seconds = BACKOFF_SECONDS[tries];
  if (error instanceof Unavailable && seconds !== undefined) {
    const dueAt = ports.clock.after(Math.max(seconds, error.retryAfterSeconds)).toISOString();
    await tryLater(ports, message, personMessage(message, tries + 1, dueAt));
    ports.log.warn('message not delivered, trying again', {
      messageId: message.id,
      channel: message.channel,
      tries: tries + 1,
      because: error.message,
    });
    return 'later';
  }
  ports.log.error('message undeliverable', {
    messageId: message.id,
    channel: message.channel,
    tries: tries + 1,
    because: error.message,
  });
  await reportUndelivered(ports, message, error);
  await note(ports, message, {
    type: 'message-undeliverable',
    actor: 'lakewarden',
    text: `Could not tell ${message.recipient} over ${message.channel}: ${error.message}`,
    data: { messageId: message.id, tries: tries + 1 },
  });
  return 'undeliverable';
}

/** Nobody looks at a timeline that nobody was told of: that is trouble of our own, of which the other channels tell. */
async function reportUndelivered(ports: DeliverPorts, message: Message, error: LakewardenError): Promise<void> {
  const { id, recipient, channel, text, incidentId, foldedSince } = message;
  const isSummary = foldedSince !== undefined;
  const what = isSummary ? `what was folded into summary ${id} (noted on ${incidentId})` : incidentId;
  await tellOwnTrouble(ports, {
    componentId: `channel/${channel}`,
    failureClass: isSummary ? 'LakewardenSummaryUndelivered' : 'LakewardenMessageUndelivered',
    text: `Nobody could tell ${recipient} over ${channel} of ${what}: ${text} ${error.message}`.slice(0, 2_000),
    key: id,
  });
}

/** Committed before it is sent: whichever delivery of this try comes second finds that its next one is decided. */
async function tryLater(ports: DeliverPorts, message: Message, next: BusMessage): Promise<void> {
  const { incidentId: id, id: messageId } = message;
  await againOnConflict(ports.clock, async () => {
    const file = isTicketId(id) ? await ports.incidents.load(id) : undefined;
    if (!file) return await ports.bus.send([next]);
    const { incident } = file;
    // Somebody else's delivery may have got through and been settled: nothing would come back for what is decided after that.
    if (await ports.incidents.hasHandled(incident.id, messageId)) return await flush(ports, incident.id);
    const at = ports.clock.now().toISOString();
    const decided = { basis: file, incident, events: [], outbox: [next], deliveryId: next.id, at };
    const result = await ports.incidents.commit(decided);
    if (result.committed) await handOver(ports, result.file, [next], incident);
    else await flush(ports, incident.id);
  });
}

async function note(ports: DeliverPorts, message: Message, entry: TimelineEntry): Promise<void> {
  const id = message.incidentId;
  if (!isTicketId(id)) return;
  await againOnConflict(ports.clock, async () => {
    const file = await ports.incidents.load(id);
    if (!file) return;
    const { incident, outbox } = file;
    const at = ports.clock.now().toISOString();
    const result = await ports.incidents.commit({ basis: file, incident, events: [entry], deliveryId: message.id, at });
    if (result.committed) await handOver(ports, result.file, triesIn(outbox, message), incident);
    else await flush(ports, id);
  });
}
