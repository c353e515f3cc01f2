// A storm of alerts as stories: each is one thing that Azure tells of, in one or several bodies, and how it has to stand when all were handled,
// whatever the order in which they came.
import { AT, common, instance, type Json, logContext, metricContext, update } from './azure-bodies.ts';

export interface AlertStory {
  readonly door: '/azure/monitor-alert' | '/azure/service-health';
  readonly bodies: readonly Json[];
  /** `open`: one incident that waits for somebody. `over`: no incident is left open. `record`: there never was one. */
  readonly ends: 'open' | 'over' | 'record';
  /** Of the notice; undefined where it is made of a hash. */
  readonly key?: string;
  /** Of the incident; undefined where it is made of a hash. */
  readonly subject?: string;
}

const LATER = '2026-11-20T07:58:00.000Z';

type Telling = (n: number) => AlertStory;

/** How many of each sort in a hundred bodies, and how one is told. */
const tellings: readonly { readonly bodiesInHundred: number; readonly tell: Telling }[] = [
  { bodiesInHundred: 24, tell: (n) => alert(n, 'open', [fired(n)]) },
  { bodiesInHundred: 30, tell: (n) => alert(n, 'over', [fired(n), resolved(n)]) },
  { bodiesInHundred: 14, tell: (n) => alert(n, 'open', [logFired(n), logFired(n)]) },
  { bodiesInHundred: 6, tell: (n) => alert(n, 'over', [fired(n), fired(n), resolved(n)]) },
  { bodiesInHundred: 8, tell: (n) => health(n, 'over', [healthActive(n), healthResolved(n)]) },
  { bodiesInHundred: 4, tell: (n) => health(n, 'open', [healthActive(n)]) },
  { bodiesInHundred: 6, tell: (n) => health(n, 'record', [maintenance(n)]) },
  { bodiesInHundred: 8, tell: (n) => ({ door: '/azure/monitor-alert', ends: 'open', bodies: [stranger(n)] }) },
];

export function alertStories(bodies: number): AlertStory[] {
  const stories: AlertStory[] = [];
  for (const { bodiesInHundred, tell } of tellings) {
    for (let left = Math.round((bodies * bodiesInHundred) / 100); left > 0; ) {
      const story = tell(stories.length);
      stories.push(story);
      left -= story.bodies.length;
    }
  }
  return stories;
}

function guidOf(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

function trackingIdOf(n: number): string {
  return `STRM-${String(n).padStart(4, '0')}`;
}

function alert(n: number, ends: AlertStory['ends'], bodies: readonly Json[]): AlertStory {
  const key = `alert/${guidOf(n)}`;
  return { door: '/azure/monitor-alert', ends, bodies, key, subject: `azure-${key}` };
}

function health(n: number, ends: AlertStory['ends'], bodies: readonly Json[]): AlertStory {
  const key = `service-health/${trackingIdOf(n)}`;
  return { door: '/azure/service-health', ends, bodies, key, subject: key };
}

function fired(n: number): Json {
  return common({ alertId: instance(guidOf(n)), alertRule: `rule-${n}`, firedDateTime: AT }, metricContext());
}

function resolved(n: number): Json {
  const over = { monitorCondition: 'Resolved', resolvedDateTime: LATER };
  return common({ alertId: instance(guidOf(n)), alertRule: `rule-${n}`, firedDateTime: AT, ...over }, metricContext());
}

function logFired(n: number): Json {
  const log = { monitoringService: 'Log Alerts V2', signalType: 'Log', alertRule: `log-${n}` };
  return common({ alertId: instance(guidOf(n)), ...log }, logContext([]));
}

function healthActive(n: number): Json {
  return update(AT, { trackingId: trackingIdOf(n) });
}

function healthResolved(n: number): Json {
  return update(LATER, { trackingId: trackingIdOf(n), stage: 'Resolved' }, { status: 'Resolved' });
}

function maintenance(n: number): Json {
  return update(AT, { trackingId: trackingIdOf(n), incidentType: 'Maintenance', stage: 'Planned' });
}

function stranger(n: number): Json {
  return { title: `Disk ${n} is full`, host: `host-${n}` };
}
