// The story that `npm start` plays once: the inference cluster dies, and Lakewarden brings it back.
import type { StackFile } from '../stack/stack-file.ts';
import { clusterCrash } from './cluster-crash.ts';
import { COMMON_DEFAULTS } from './index.ts';
import type { Scene } from './scenario.ts';

/** True if the incident was resolved and the cluster runs. */
export async function playStory(stack: StackFile, say: Scene['say']): Promise<boolean> {
  say('The story: the inference cluster dies, and nobody lifts a finger.', '');
  try {
    const { verdict, words } = await clusterCrash.run({ ...COMMON_DEFAULTS, stack, say });
    say('', `${verdict === 'over-well' ? 'It ended well' : 'It did not end well'}: ${words}.`);
    return verdict === 'over-well';
  } catch (error) {
    say('', `It did not end well: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}
