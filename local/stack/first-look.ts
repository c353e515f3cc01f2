// Lets the app look at its workspaces once before anybody breaks anything: what failed before the first look is a baseline, not a failure.
// Without it the first look would come with the next five-minute tick, and make a baseline of what a tester broke meanwhile.
import { setTimeout as pause } from 'node:timers/promises';

const LIMIT_MS = 5_000;
const LOOK_AGAIN_MS = 50;

export interface FirstLook {
  readonly app: string;
  readonly adminKey: string;
  /** Base URLs of the simulated workspaces. */
  readonly workspaces: readonly string[];
}

/** Resolves when every workspace has been asked for its clusters, or after a few seconds: the app polls again by itself. */
export async function firstLook({ app, adminKey, workspaces }: FirstLook): Promise<void> {
  const headers = { 'x-functions-key': adminKey, 'content-type': 'application/json' };
  await fetch(`${app}/admin/functions/poll-components`, { method: 'POST', headers, body: '{}' });
  const deadline = Date.now() + LIMIT_MS;
  while (Date.now() < deadline) {
    const seen = await Promise.all(workspaces.map(wasListed));
    if (seen.every(Boolean)) return;
    await pause(LOOK_AGAIN_MS);
  }
}

async function wasListed(workspace: string): Promise<boolean> {
  const response = await fetch(`${workspace}/_sim/calls`);
  return (await response.text()).includes('/clusters/list');
}
