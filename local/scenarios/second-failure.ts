// The same cluster dies again minutes after its repair: that is a new incident, linked to the first (A5).
import { crashAndFollowTicket } from './crash-and-follow.ts';
import { notWell, type Scenario } from './scenario.ts';

const REAL_MINUTES_BETWEEN = 3;

export const secondFailure: Scenario = {
  name: 'second-failure',
  summary: `a cluster dies, is repaired, and dies again ${REAL_MINUTES_BETWEEN} (scaled) minutes later`,
  takes: ['cluster', 'code'],
  run: async (scene) => {
    const first = await crashAndFollowTicket(scene);
    if (first.verdict.verdict === 'not-well') return first.verdict;
    const waitMs = (REAL_MINUTES_BETWEEN * 60_000) / scene.stack.timeScale;
    scene.say(`${first.verdict.words}.`, `The second failure follows in ${(waitMs / 1000).toFixed(0)} s.`);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    const second = await crashAndFollowTicket(scene);
    if (second.ticketId === first.ticketId)
      return notWell(`the second failure was taken for the first: ${first.ticketId}`);
    return second.verdict;
  },
};
