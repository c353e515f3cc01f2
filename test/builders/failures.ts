// Expecting one of the five errors, as a value with its own type.
import { Refused, Unavailable } from '../../shared/domain/errors.ts';

export async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    (value) => {
      throw new Error(`expected a failure, got ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}

export async function unavailableOf(work: Promise<unknown>): Promise<Unavailable> {
  const error = await failureOf(work);
  if (!(error instanceof Unavailable)) throw error;
  return error;
}

export async function refusalOf(work: Promise<unknown>): Promise<Refused> {
  const error = await failureOf(work);
  if (!(error instanceof Refused)) throw error;
  return error;
}
