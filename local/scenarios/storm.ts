// The same event many times at once: one incident, one ticket in every answer, one start of the cluster.
import { send } from './app.ts';
import { crash } from './crash-and-follow.ts';
import { awaitTicket, deadlineOf, followIncident, line } from './follow.ts';
import { notWell, type Scenario } from './scenario.ts';
import { startCalls } from './workspace.ts';

export const storm: Scenario = {
  name: 'storm',
  summary: 'the same event many times in parallel: one incident',
  takes: ['cluster', 'code', 'count'],
  run: async (scene) => {
    const deadline = deadlineOf(scene);
    const { since, event } = await crash(scene);
    const answers = await Promise.all(Array.from({ length: scene.count }, () => send(scene.stack, event)));
    const refused = answers.find(({ status }) => status >= 300);
    if (refused) return notWell(`the app answers ${refused.status}: ${refused.words}`);
    const tickets = await Promise.all(
      answers.map(({ ticketId, location }) => ticketId ?? (location ? awaitTicket(scene, location, deadline) : null)),
    );
    const distinct = [...new Set(tickets)];
    scene.say(line(Date.now(), since, 'sender', `${scene.count} events, tickets: ${distinct.join(', ')}`));
    const [ticketId] = distinct;
    if (distinct.length !== 1 || !ticketId) return notWell(`${distinct.length} different tickets instead of one`);
    const verdict = await followIncident(scene, { ticketId, clusterId: scene.cluster, since, deadline });
    const starts = await startCalls(scene.stack, scene.cluster, new Date(since).toISOString());
    return starts === 1 ? verdict : notWell(`the workspace was asked ${starts} times to start the cluster`);
  },
};
