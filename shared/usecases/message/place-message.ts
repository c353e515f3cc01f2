// Gives a message its place: by itself, or folded into the summary of its window (J5). The summary is on its way before the first message is
// counted in it (invariant 9): a crash in between leaves a summary of nothing, never a message that nobody hears of.
import { Broken, Conflict } from '../../domain/errors.ts';
import type { Estate } from '../../domain/estate/estate.ts';
import { composeSummary } from '../../domain/notification/compose-summary.ts';
import { laneOf, type Placement, placed } from '../../domain/notification/folding.ts';
import type { Message } from '../../domain/notification/message.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { FoldStore } from '../../ports/fold-store.ts';
import { againOnConflict } from '../again-on-conflict.ts';
import { personMessage } from '../person-message.ts';

export interface PlacePorts {
  readonly estate: Estate;
  readonly folds: FoldStore;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly publicUrl: string | undefined;
}

/** Safe to repeat: a message that has its place keeps it. */
export async function placeMessage(ports: PlacePorts, message: Message): Promise<Placement> {
  const { folds, clock } = ports;
  const lane = laneOf(message);
  const { folding: rules } = ports.estate.notifications;
  return await againOnConflict(clock, async () => {
    const newest = await folds.newest(lane);
    const times = { now: clock.now(), endsAt: clock.after(rules.windowMinutes * 60) };
    const { place, window, isNew } = placed(newest?.window, message, { rules, ...times });
    const { startedAt, endsAt } = window;
    if (place === 'folded' && window.folded.count === 1) {
      const before = await folds.placementOf(lane, message.id);
      if (before) return before;
      await ports.bus.send([personMessage(composeSummary(window, ports.publicUrl), 0, endsAt)]);
    }
    const isPut = await folds.put(isNew ? undefined : newest, window, { messageId: message.id, place });
    const placement = isPut ? { place, startedAt, endsAt } : await folds.placementOf(lane, message.id);
    if (!placement) throw new Conflict('written-meanwhile', `somebody else counts the messages of ${lane}`);
    return placement;
  });
}

/** Closes the window of a summary and composes it; undefined where nothing was folded after all. */
export async function closeWindow(ports: PlacePorts, message: Message): Promise<Message | undefined> {
  const { folds, clock, publicUrl } = ports;
  const lane = laneOf(message);
  return await againOnConflict(clock, async () => {
    const stored = await folds.window(lane, message.foldedSince ?? '');
    if (!stored) throw new Broken('broken', `no window of ${lane} began at ${message.foldedSince}`);
    const window = { ...stored.window, isClosed: true };
    if (!stored.window.isClosed && !(await folds.put(stored, window)))
      throw new Conflict('written-meanwhile', `somebody else counts the messages of ${lane}`);
    return window.folded.count === 0 ? undefined : composeSummary(window, publicUrl);
  });
}
