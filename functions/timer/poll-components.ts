// Every five minutes: look for failures that nobody reported (B1).
import { core } from '../../shared/compose.ts';
import { pollComponents } from '../../shared/usecases/poll-components.ts';

export async function pollComponentsTimer(): Promise<void> {
  await pollComponents(core());
}
