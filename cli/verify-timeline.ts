// Verifies an exported incident offline: `npm run verify-timeline -- incident.json`. For an auditor, so it shares no code with
// what wrote the timeline: it follows docs/reference/timeline.md alone.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

interface ExportedEvent {
  readonly seq: number;
  readonly previousHash: string;
  readonly hash: string;
  readonly [member: string]: unknown;
}

interface ExportedIncident {
  readonly id: string;
  readonly lastEventSeq: number;
  readonly lastEventHash: string;
  readonly timeline: readonly ExportedEvent[];
}

const HASHED_MEMBERS = ['seq', 'at', 'type', 'actor', 'text', 'data', 'previousHash'] as const;

/** What is wrong with the chain, or undefined when it is whole. */
export function findBreak(incident: ExportedIncident): string | undefined {
  let seq = 0;
  let hash = sha256(sorted({ incidentId: incident.id }));
  for (const event of incident.timeline) {
    if (event.seq !== seq + 1) return `event ${seq + 1} is missing`;
    if (event.previousHash !== hash) return `event ${event.seq} does not follow event ${seq}`;
    const content = Object.fromEntries(HASHED_MEMBERS.map((member) => [member, event[member] ?? null]));
    if (sha256(sorted(content)) !== event.hash) return `event ${event.seq} was changed`;
    seq = event.seq;
    hash = event.hash;
  }
  if (incident.lastEventSeq !== seq || incident.lastEventHash !== hash) return `events after ${seq} are missing`;
  return undefined;
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** JSON without white space, members in the order of their UTF-16 code units. */
function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${sorted(member)}`).join(',')}}`;
}

function isExport(value: unknown): value is ExportedIncident {
  return (
    typeof value === 'object' && value !== null && 'timeline' in value && Array.isArray(value.timeline) && 'id' in value
  );
}

function main(file: string | undefined): number {
  if (!file) {
    console.error('usage: npm run verify-timeline -- <file with the answer of GET /api/incidents/{id}>');
    return 2;
  }
  const incident: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!isExport(incident)) {
    console.error(`${file} holds no exported incident`);
    return 2;
  }
  const fault = findBreak(incident);
  console.log(
    fault
      ? `${incident.id}: BROKEN, ${fault}`
      : `${incident.id}: intact, ${incident.timeline.length} events, head ${incident.lastEventHash}`,
  );
  return fault ? 1 : 0;
}

if (import.meta.main) process.exitCode = main(process.argv[2]);
