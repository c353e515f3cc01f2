// What push missed, pull finds (A9): a list of Azure is held against what is known, and what is news goes the way of what is pushed.
import { hashOf, signalIdOf } from '../../domain/ids.ts';
import type { FinishedNotice } from '../../domain/signals/azure/notice-draft.ts';
import { noticeSignal } from '../../domain/signals/azure/notice-signal.ts';
import { isNews } from '../../domain/signals/azure/pulled-notice.ts';
import type { AzureSignal } from '../../domain/signals/signal.ts';
import type { AzureReading } from '../../ports/azure-events.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { NoticeStore } from '../../ports/notice-store.ts';
import type { SignalStore } from '../../ports/signal-store.ts';
import { signalMessage } from '../accept-signal.ts';

export interface PullPorts {
  readonly clock: Clock;
  readonly bus: Bus;
  readonly notices: NoticeStore;
  readonly signals: SignalStore;
}

/** Push goes first: an action group tries for 75 s (facts/azure.md 3), and both at once would double a storm. */
const HEAD_START_SECONDS = 120;
const LOOKS_AT_ONCE = 20;

/** Returns what was sent. Safe to repeat: the same update is the same signal. */
export async function pullNotices(ports: PullPorts, { notices }: AzureReading): Promise<readonly AzureSignal[]> {
  const now = ports.clock.now();
  const headStartMs = ports.clock.millisecondsOf(HEAD_START_SECONDS);
  const due = notices.filter(({ notice }) => Date.parse(notice.at) <= now.getTime() - headStartMs);
  const sent: AzureSignal[] = [];
  for (let from = 0; from < due.length; from += LOOKS_AT_ONCE) {
    const looked = due.slice(from, from + LOOKS_AT_ONCE).map((finished) => newsIn(ports, finished, now));
    const news = (await Promise.all(looked)).filter((signal) => signal !== undefined);
    await ports.bus.send(news.map(signalMessage));
    sent.push(...news);
  }
  return sent;
}

async function newsIn(
  { notices, signals }: PullPorts,
  finished: FinishedNotice,
  now: Date,
): Promise<AzureSignal | undefined> {
  const { notice } = finished;
  const id = signalIdOf(hashOf(JSON.stringify(['azure-pull', notice.key, notice.phase, notice.at])));
  const origin = { source: 'poll', id, receivedAt: now.toISOString(), correlationId: id } as const;
  const signal = noticeSignal(finished, origin);
  if (!isNews((await notices.get(notice.key))?.notice, notice)) return undefined;
  return (await signals.get(signal.id)) ? undefined : signal;
}
