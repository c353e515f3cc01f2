// Every minute: send again the dead letters that are due, if we are healthy.
import { core } from '../../shared/compose.ts';
import { redriveDeadLetters } from '../../shared/usecases/redrive-dead-letters.ts';

export async function redriveDeadLettersTimer(): Promise<void> {
  await redriveDeadLetters(core());
}
