// Every minute: look for trouble of our own (D6).
import { core } from '../../shared/compose.ts';
import { watchOurselves } from '../../shared/usecases/watch-ourselves.ts';

export async function watchOurselvesTimer(): Promise<void> {
  await watchOurselves(core());
}
