// Starting an apply that nobody has ended meanwhile.

import type { LastLook } from '../../shared/ports/last-look.ts';
import type { Apply, ApplyOrder, Provisioner } from '../../shared/ports/provisioner.ts';

export const wanted: LastLook = async () => undefined;

export async function started(provisioner: Provisioner, order: ApplyOrder): Promise<Apply> {
  const answer = await provisioner.start(order, wanted);
  if (!answer.started) throw new Error(answer.because);
  return answer.apply;
}
