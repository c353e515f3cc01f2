// Every hour: anchor the heads of the timelines of yesterday, and of days that were missed. A day that is anchored costs one look.
import { core } from '../../shared/compose.ts';
import { anchorTimelines } from '../../shared/usecases/anchor-timelines.ts';

export async function anchorTimelinesTimer(): Promise<void> {
  await anchorTimelines(core());
}
