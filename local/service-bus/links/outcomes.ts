// The outcomes a broker answers with, built from AMQP types because rhea's own builders are not in its declarations.
import type { Typed } from 'rhea';
import type { Refusal } from '../refusals.ts';
import { types } from '../rhea.ts';

/** AMQP 1.0 part 3, 3.4: descriptors of the delivery states. */
const ACCEPTED = 0x24;
const REJECTED = 0x25;

export function accepted(): Typed {
  return types.described(types.wrap_ulong(ACCEPTED), types.wrap_list([]));
}

export function rejected({ condition, message }: Refusal): Typed {
  const error = types.wrap_error({ condition, description: message });
  return types.described(types.wrap_ulong(REJECTED), types.wrap_list([error]));
}
