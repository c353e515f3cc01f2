// Every minute: look after every open incident whose due time has passed.
import { core } from '../../shared/compose.ts';
import { watchOver } from '../../shared/usecases/watch-over.ts';

export async function watchdogTimer(): Promise<void> {
  await watchOver(core());
}
