// Under a silence a message stays with its incident, which tells people the newest when the silence ends (J5).
import { isTicketId } from '../../domain/ids.ts';
import { keepingBack } from '../../domain/incidents/kept-back.ts';
import type { TimelineEntry } from '../../domain/incidents/timeline.ts';
import { laneOf } from '../../domain/notification/folding.ts';
import type { Message } from '../../domain/notification/message.ts';
import { isInForce, orderWords, type StandingOrder } from '../../domain/standing-orders/standing-order.ts';
import type { FoldStore } from '../../ports/fold-store.ts';
import { againOnConflict } from '../again-on-conflict.ts';
import { flush, type HandOverPorts, handOver } from '../hand-over.ts';
import { triesIn } from '../person-message.ts';
import { type SilencePorts, silenceOver } from '../standing-orders/coming-out.ts';

export interface KeepBackPorts extends HandOverPorts, SilencePorts {
  readonly folds: FoldStore;
}

/** Whether it was: else it goes its way. Safe to repeat. */
export async function keepBack(ports: KeepBackPorts, message: Message): Promise<boolean> {
  const { incidentId: id } = message;
  const now = ports.clock.now().toISOString();
  const { orders } = await ports.gate.read();
  if (!isTicketId(id) || !orders.some((order) => order.kind === 'silence' && isInForce(order, now))) return false;
  return await againOnConflict(ports.clock, async () => {
    const file = await ports.incidents.load(id);
    // What is closed does not come out any more.
    if (!file || file.incident.state === 'closed') return false;
    const silence = await silenceOver(ports, file.incident);
    if (!silence || (await isFolded(ports, message))) return false;
    const incident = keepingBack(file.incident, silence, message, now);
    const events = [keptBackEntry(silence, message)];
    const result = await ports.incidents.commit({ basis: file, incident, events, deliveryId: message.id, at: now });
    if (result.committed) await handOver(ports, result.file, triesIn(file.outbox, message), file.incident);
    else await flush(ports, id);
    return true;
  });
}

/** An earlier delivery has counted it in a summary and died: that is how people hear of it. */
async function isFolded({ folds }: KeepBackPorts, message: Message): Promise<boolean> {
  return (await folds.placementOf(laneOf(message), message.id))?.place === 'folded';
}

function keptBackEntry(silence: StandingOrder, { id, recipient, channel, text }: Message): TimelineEntry {
  return {
    type: 'message-kept-back',
    actor: 'lakewarden',
    text: `Not told ${recipient} over ${channel}, by ${orderWords(silence)}: ${text}`,
    data: { messageId: id, order: silence.id, by: silence.owner },
  };
}
