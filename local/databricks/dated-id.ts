// Ids of clusters and pools as the service makes them: `MMDD-HHMMSS-` and eight letters or digits.
import { randomInt } from 'node:crypto';

export function datedId(now: number, middle = ''): string {
  const [, month, day, time] = /^\d+-(\d\d)-(\d\d)T([\d:]+)/.exec(new Date(now).toISOString()) ?? [];
  const tail = Array.from({ length: 8 }, () => randomInt(36).toString(36)).join('');
  return `${month}${day}-${time?.replaceAll(':', '')}-${middle}${tail}`;
}
