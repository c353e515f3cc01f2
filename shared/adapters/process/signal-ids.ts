// Ids for deliveries that bring none of their own.
import { randomUUID } from 'node:crypto';
import { Broken } from '../../domain/errors.ts';
import { isSignalId, type SignalId } from '../../domain/ids.ts';

export function newSignalId(): SignalId {
  const id = `sig-${randomUUID().replaceAll('-', '')}`;
  if (!isSignalId(id)) throw new Broken('broken', `not a signal id: ${id}`);
  return id;
}
