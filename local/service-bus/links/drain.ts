// Drain: the client takes back its credit and waits for the broker to say so. rhea keeps silent when no credit is left, and
// the client would then wait 200 ms and close the link; so this answers always, once all that was promised has been sent.
import type { Sender } from 'rhea';
import { senderInside, sessionInside } from '../rhea.ts';

/** Takes over the answering of drains on a link; returns what to call when the client asks for one. */
export function takeOverDrain(sender: Sender): () => void {
  const link = senderInside(sender);
  const { outgoing } = sessionInside(sender.session);
  const process = link._process.bind(link);
  let isAsked = false;
  let isAnswering = false;
  link._get_drain = () => isAnswering;
  link._process = () => {
    // Messages still queued for the link (the peer's window was full) hold credit: they go first.
    if (isAsked && outgoing.next_pending_delivery === outgoing.next_delivery_id) answer();
    process();
    isAnswering = false;
  };
  return () => {
    isAsked = true;
  };

  function answer(): void {
    isAsked = false;
    isAnswering = true;
    link.delivery_count += link.credit;
    link.credit = 0;
    link.issue_flow = true;
  }
}
