// The version of an incident as a caller sees it: the number of its newest event and a hash of all that can be seen. Where it is the same,
// nothing that is shown has changed; it names the store's own version nowhere, so it survives another store.
import { hashOf } from '../ids.ts';
import type { IncidentRecords } from './report.ts';
import { canonical } from './timeline.ts';

const VERSION = /^(\d{1,9})-[0-9a-f]{24}$/;

export function versionOf({ incident, runs, steps, attempts }: IncidentRecords): string {
  return `${incident.lastEventSeq}-${hashOf(canonical({ incident, runs, steps, attempts }), 24)}`;
}

/** Number of the newest event in a version that was handed out; undefined for what is none. */
export function newestEventOf(version: string): number | undefined {
  const [, seq] = VERSION.exec(version) ?? [];
  return seq === undefined ? undefined : Number(seq);
}
