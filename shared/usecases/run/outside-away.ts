// Whether somebody else's system is away: a run waits for that. Our own stores being away is another matter (the message comes back).
import { type ErrorCode, Unavailable } from '../../domain/errors.ts';

const OUTSIDE: ReadonlySet<ErrorCode> = new Set(['workspace-unavailable', 'provisioner-unavailable']);

export function isOutsideAway(error: unknown): error is Unavailable {
  return error instanceof Unavailable && OUTSIDE.has(error.code);
}
