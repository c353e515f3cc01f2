// Who orders it. Until roles exist, the header says the name and the credentials prove the caller; both go on record (K4).
import { InvalidInput } from '../domain/errors.ts';
import { isOperatorName, type Operator } from '../domain/incidents/operator.ts';
import type { Call } from './route.ts';

/** Throws `InvalidInput` (`bad-request`) without a name. */
export function operatorOf({ request, caller }: Call): Operator {
  const name = request.headers.get('x-operator')?.trim() ?? '';
  if (!isOperatorName(name)) {
    throw new InvalidInput(
      'bad-request',
      "Say who you are in the header x-operator: at most 100 letters, digits, spaces and . _ @ + ' -",
    );
  }
  return { name, caller };
}
