// Ids for deliveries that bring none of their own: unique, and in the order in which they were accepted.
import { ulid } from 'ulid';
import { Broken } from '../../domain/errors.ts';
import { isSignalId, type SignalId } from '../../domain/ids.ts';

export function newSignalId(): SignalId {
  const id = `sig-${ulid()}`;
  if (!isSignalId(id)) throw new Broken('broken', `not a signal id: ${id}`);
  return id;
}
