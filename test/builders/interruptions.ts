// Where a simulation may step in: before and after each effect of an in-memory twin. Throwing there is a crash, a lost answer or an outage.

export type Moment = 'before' | 'after';

/** Called as `('incidents.commit', 'before')`. Async interruptions also let others run in between. */
export type Interrupt = (operation: string, moment: Moment) => void | Promise<void>;

export function uninterrupted(): void {}

/** Runs one synchronous effect between its two interruptions: what a real store does at once happens at once here. */
export async function interruptible<T>(interrupt: Interrupt, operation: string, effect: () => T): Promise<T> {
  await interrupt(operation, 'before');
  const result = effect();
  await interrupt(operation, 'after');
  return result;
}
