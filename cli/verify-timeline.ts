// Verifies an exported incident offline: `npm run verify-timeline -- incident.json [--anchor anchor.json]`. For an auditor, so it shares no code with
// what wrote the timeline: it follows docs/reference/timeline.md alone.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

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

interface Anchor {
  readonly day: string;
  readonly heads: readonly { readonly id: string; readonly seq: number; readonly hash: string }[];
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

/** What an anchor says against the timeline; undefined when they agree. `unknown`: the anchor does not name the incident. */
export function findContradiction(incident: ExportedIncident, anchor: Anchor): string | undefined | 'unknown' {
  const head = anchor.heads.find(({ id }) => id === incident.id);
  if (!head) return 'unknown';
  const event = incident.timeline.find(({ seq }) => seq === head.seq);
  if (!event) return `the anchor of ${anchor.day} knows event ${head.seq}, which is missing`;
  if (event.hash === head.hash) return undefined;
  return `event ${head.seq} is not the one that was anchored on ${anchor.day}: the timeline was rewritten`;
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

function isAnchor(value: unknown): value is Anchor {
  return (
    typeof value === 'object' && value !== null && 'heads' in value && Array.isArray(value.heads) && 'day' in value
  );
}

const USAGE =
  'usage: npm run verify-timeline -- <file with the answer of GET /api/incidents/{id}> [--anchor <file with the anchor of a day>]';

function main(): number {
  const { values, positionals } = parseArgs({ options: { anchor: { type: 'string' } }, allowPositionals: true });
  const [file, ...more] = positionals;
  if (!file || more.length > 0) {
    console.error(USAGE);
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
  if (fault) return 1;
  return values.anchor === undefined ? 0 : compare(incident, values.anchor);
}

function compare(incident: ExportedIncident, file: string): number {
  const anchor: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!isAnchor(anchor)) {
    console.error(`${file} holds no anchor`);
    return 2;
  }
  const contradiction = findContradiction(incident, anchor);
  if (contradiction === 'unknown') {
    console.error(`${incident.id}: the anchor of ${anchor.day} does not name it, so it proves nothing about it`);
    return 2;
  }
  console.log(
    contradiction
      ? `${incident.id}: BROKEN, ${contradiction}`
      : `${incident.id}: agrees with the anchor of ${anchor.day}`,
  );
  return contradiction ? 1 : 0;
}

if (import.meta.main) process.exitCode = main();
