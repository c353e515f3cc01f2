// Every minute: read the status page, and what Azure tells to whoever asks (B6, A9).
import { core } from '../../shared/compose.ts';
import { readWitnesses } from '../../shared/usecases/read-witnesses.ts';

export async function readWitnessesTimer(): Promise<void> {
  await readWitnesses(core());
}
