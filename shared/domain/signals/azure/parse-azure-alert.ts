// From a body that was posted to a door for Azure to signals, one for each thing that it tells. Throws `InvalidInput` for what is no alert at all.
import { hashOf, signalIdOf } from '../../ids.ts';
import { parseDatabricksEvent } from '../databricks.ts';
import { type DeliveryContext, invalid, type Parsed } from '../delivery.ts';
import { clusterEvents } from '../signal.ts';
import { azureDraft } from './azure-alert.ts';
import { Fields, isRecord } from './fields.ts';
import { finishNotice } from './notice-draft.ts';
import { noticeSignal } from './notice-signal.ts';

/** Ours. An action group sends one alert a call; what exports the activity log sends records in lists. */
const MAX_RECORDS = 100;

export interface ParsedRecord extends Parsed {
  /** The part of the body that this signal was made of. */
  readonly record: unknown;
}

/** At least one; in the order of the body. */
export function parseAzureAlert(body: unknown, context: DeliveryContext): readonly ParsedRecord[] {
  const records = recordsIn(body);
  if (records.length === 0) {
    throw invalid('the body', [
      { pointer: '', detail: 'must be a JSON object that tells something, or a list of such' },
    ]);
  }
  if (records.length > MAX_RECORDS) {
    throw invalid('the body', [{ pointer: '', detail: `must have at most ${MAX_RECORDS} records` }]);
  }
  return records.map((record, index) => ({ ...parsed(record, numbered(context, index)), record }));
}

/** A list, or a list in `records`, as what exports the activity log sends. */
function recordsIn(body: unknown): readonly unknown[] {
  const list = isRecord(body) ? new Fields(body).value('records') : body;
  if (Array.isArray(list)) return list.filter(tellsSomething);
  return tellsSomething(body) ? [body] : [];
}

function tellsSomething(value: unknown): boolean {
  return isRecord(value) && Object.values(value).some((member) => member !== null && member !== '');
}

function numbered(context: DeliveryContext, index: number): DeliveryContext {
  return index === 0 ? context : { ...context, id: signalIdOf(hashOf(`${context.id}/${index}`)) };
}

function parsed(record: unknown, context: DeliveryContext): Parsed {
  if (isOfDatabricks(record)) return parseDatabricksEvent(record, context);
  const finished = finishNotice(azureDraft(record), context.receivedAt);
  const { notice, trimmed } = finished;
  const signal = noticeSignal(finished, { ...context, source: 'webhook' });
  return { ok: true, signal, trimmed: trimmed || notice.sort === 'unclassified' };
}

/** Posted to the wrong door: it goes where it belongs. */
function isOfDatabricks(record: unknown): boolean {
  const fields = isRecord(record) ? record : {};
  const { event, event_type: type } = fields;
  if (typeof type === 'string' && type.startsWith('jobs.')) return true;
  return event === 'test' || event === 'alert_state_change' || clusterEvents.some((name) => name === event);
}
