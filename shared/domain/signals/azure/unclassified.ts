// What is well-formed and nobody here knows: kept as it is, and a person decides what it means. Nothing is dropped (A2).
import { hashOf } from '../../ids.ts';
import { phaseOf } from './alert.ts';
import type { Envelope } from './envelope.ts';
import type { Fields } from './fields.ts';
import type { NoticeDraft } from './notice-draft.ts';

const NAMES = ['alertRule', 'ruleName', 'name', 'title', 'subject', 'eventType', 'type', 'event', 'schemaId'] as const;
const IDS = ['alertId', 'incidentId', 'id', 'fingerprint', 'resourceId'] as const;
const STATES = ['monitorCondition', 'state', 'status'] as const;
const TIMES = ['resolvedDateTime', 'firedDateTime', 'timestamp', 'time', 'eventTime', 'createdAt', 'startsAt'] as const;
/** Shown of it: names and values of its members. */
const SHOWN_MEMBERS = 40;
const SHOWN_CHARACTERS = 200;

/** `body` is the whole of it; of a common alert, what its envelope tells counts first. */
export function unclassifiedDraft(body: Fields, envelope: Envelope): NoticeDraft {
  const title = envelope.rule ?? body.text(...NAMES);
  return {
    sort: 'unclassified',
    id: hashOf(JSON.stringify(identityOf(body, envelope))),
    phase: phaseOf(envelope.condition ?? body.text(...STATES)),
    at: envelope.resolvedAt ?? envelope.firedAt ?? body.time(...TIMES),
    isTest: envelope.isSample,
    title: title ?? 'Something without a name',
    text: [envelope.description ?? body.text('description', 'message', 'text'), membersOf(body)],
    severity: envelope.severity,
    targets: envelope.targets,
    rule: envelope.rule,
    monitoringService: envelope.monitoringService,
  };
}

/** The same thing told again joins: by its id and name where it has one, else by its form, so that a flood of strangers is one incident. */
function identityOf(body: Fields, { alertId, rule }: Envelope): readonly unknown[] {
  if (alertId !== undefined) return [alertId, rule];
  const names = NAMES.map((name) => body.text(name));
  const ids = IDS.map((name) => body.text(name));
  const isNamed = [...names, ...ids].some((text) => text !== undefined);
  return isNamed ? [...names, ...ids] : [[...body.names].sort()];
}

function membersOf(body: Fields): string {
  const members = body.names.slice(0, SHOWN_MEMBERS).map((name) => `${name}: ${body.text(name) ?? '…'}`);
  return members.map((text) => text.slice(0, SHOWN_CHARACTERS)).join('\n');
}
