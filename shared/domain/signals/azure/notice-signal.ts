// The signal that carries a notice, whether it was sent to us or we asked for it. The same update is the same signal (A5).
import { hashOf, type SignalId, signalIdOf } from '../../ids.ts';
import { sessionIdOf } from '../../incidents/subject.ts';
import type { AzureSignal } from '../signal.ts';
import type { AzureNotice } from './notice.ts';
import type { FinishedNotice } from './notice-draft.ts';

export interface NoticeOrigin {
  readonly source: 'webhook' | 'poll';
  /** Id of the signal where the notice tells nothing to be known again by. */
  readonly id: SignalId;
  readonly receivedAt: string;
  readonly correlationId: string;
}

export function noticeSignal(finished: FinishedNotice, origin: NoticeOrigin): AzureSignal {
  const { notice } = finished;
  const { id, source, receivedAt, correlationId } = origin;
  return {
    schemaVersion: 1,
    id: noticeSignalId(finished, id),
    source,
    receivedAt,
    correlationId,
    rawSubject: sessionIdOf(rawSubjectOf(notice)),
    kind: 'azure',
    notice,
  };
}

/** What names a component waits behind all else about it: a storm of alerts about one cluster would else contend for its incident. */
function rawSubjectOf({ component, key }: AzureNotice): string {
  return component === undefined ? `azure/${key}` : `${component.kind}/${component.id}`;
}

/** The same, however often and by whichever envelope it comes. */
function noticeSignalId({ notice, isKnownAgain }: FinishedNotice, ofDelivery: SignalId): SignalId {
  if (!isKnownAgain) return ofDelivery;
  const { key, phase, stage, updateId, at } = notice;
  return signalIdOf(hashOf(JSON.stringify(['azure', key, phase, stage ?? null, updateId ?? at])));
}
