// A Service Health event as `Microsoft.ResourceHealth/events` lists it: other names than what an action group sends, the same life cycle,
// kept under the same key (facts/azure.md 2.2).
import { noEnvelope } from './envelope.ts';
import { Fields, folded, isRecord, listIn } from './fields.ts';
import { type FinishedNotice, finishNotice } from './notice-draft.ts';
import { serviceHealthDraft } from './service-health.ts';

/** Undefined for what is no event, or of no time: nothing could be held against it. */
export function healthEventNotice(record: unknown, readAt: string): FinishedNotice | undefined {
  const event = new Fields(record);
  const properties = event.fields('properties');
  const trackingId = properties.text('trackingId') ?? event.text('name');
  if (trackingId === undefined || !properties.has('eventType', 'status', 'title')) return undefined;
  const told = new Fields({ trackingId, status: properties.text('status') });
  const stage = stageOf(properties);
  const draft = serviceHealthDraft(told, withoutHealedRegions(record, stage), noEnvelope);
  const at = draft.at ?? draft.impactStartAt;
  return at === undefined ? undefined : finishNotice({ ...draft, at }, readAt);
}

/** The list has no stage but what its type and its tags say. */
function stageOf(properties: Fields): string | undefined {
  if (folded(properties.text('eventType') ?? '') === 'rca') return 'RCA';
  const tags = listIn(properties.value('eventTags')).map((tag) => folded(String(tag)));
  return tags.includes('falsepositive') ? 'Resolved' : properties.text('status');
}

/** An event that is active goes on naming regions that are well again. */
function withoutHealedRegions(record: unknown, stage: string | undefined): Fields {
  const properties = isRecord(record) && isRecord(record.properties) ? record.properties : {};
  const impact = listIn(properties.impact).map((entry) =>
    isRecord(entry) ? { ...entry, impactedRegions: listIn(entry.impactedRegions).filter(isStillHit) } : entry,
  );
  return new Fields({ ...properties, stage, ...(isActive(stage) && { impact }) });
}

function isActive(stage: string | undefined): boolean {
  return folded(stage ?? '') === 'active';
}

function isStillHit(region: unknown): boolean {
  return folded(new Fields(region).text('status') ?? '') !== 'resolved';
}
