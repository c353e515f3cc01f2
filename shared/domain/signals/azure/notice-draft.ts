// From what a schema's reader found to a notice that fits: texts cut and cleaned, lists bounded, a key that is fit to be stored.
import { hashOf } from '../../ids.ts';
import { oneLine, severalLines } from '../wire-text.ts';
import { type AzureNotice, type NoticeSort, noticeLimits } from './notice.ts';
import { plainText } from './plain-text.ts';

type Told = Omit<AzureNotice, 'key' | 'at' | 'title' | 'text' | 'regions' | 'isGlobal' | 'services' | 'targets'>;

export interface NoticeDraft extends Told {
  /** What its life cycle goes by: a tracking id, the id of an alert, of a resource. */
  readonly id: string;
  /** The newest time that the body tells. */
  readonly at: string | undefined;
  readonly title: string | undefined;
  /** Paragraphs, HTML perhaps. */
  readonly text: readonly (string | undefined)[];
  readonly regions?: readonly string[];
  readonly isGlobal?: boolean;
  readonly services?: readonly string[];
  readonly targets?: readonly string[];
}

export interface FinishedNotice {
  readonly notice: AzureNotice;
  /** It carries less than was sent of what it has a place for. */
  readonly trimmed: boolean;
  /** Whether the body tells a time or an id of this update: without either, two deliveries cannot be told to be one. */
  readonly isKnownAgain: boolean;
}

/** Clocks differ; what claims to be of later than this is taken to be of when it was received, or it would outlast every true update. */
const CLOCK_SKEW_MS = 5 * 60_000;

export function finishNotice(draft: NoticeDraft, receivedAt: string): FinishedNotice {
  const { id, at, regions = [], isGlobal = false, services = [], targets = [], ...rest } = draft;
  const text = paragraphs(draft.text);
  const lists = { regions, services, targets } as const;
  const notice: AzureNotice = {
    ...rest,
    key: noticeKey(draft.sort, id),
    at: plausible(at, receivedAt),
    title: line(plainText(draft.title ?? '')) || 'No title',
    text: severalLines(text, noticeLimits.text),
    isGlobal,
    regions: regions.slice(0, noticeLimits.regions).map(line),
    services: services.slice(0, noticeLimits.services).map((name) => line(plainText(name))),
    targets: targets.slice(0, noticeLimits.targets).map((target) => oneLine(target.toLowerCase(), noticeLimits.target)),
    ...shortened(draft),
  };
  const cut = (['regions', 'services', 'targets'] as const).some((name) => lists[name].length > noticeLimits[name]);
  return { notice, trimmed: cut || text.length > noticeLimits.text, isKnownAgain: hasIdentity(draft) };
}

/** The same for whoever tells: `service-health/ZMC5-NQ0`. What a key may not hold is hashed. */
export function noticeKey(sort: NoticeSort, id: string): string {
  return `${sort}/${/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(id) ? id : hashOf(id)}`;
}

function hasIdentity({ at, updateId }: NoticeDraft): boolean {
  return at !== undefined || updateId !== undefined;
}

function plausible(at: string | undefined, receivedAt: string): string {
  if (at === undefined) return receivedAt;
  return Date.parse(at) > Date.parse(receivedAt) + CLOCK_SKEW_MS ? receivedAt : at;
}

function shortened({ updateId, incidentType, stage, status, rule, monitoringService, cause }: NoticeDraft) {
  const given = { updateId, incidentType, stage, status, rule, monitoringService, cause };
  const entries = Object.entries(given).map(([name, text]) => [name, text === undefined ? undefined : line(text)]);
  return Object.fromEntries(entries.filter(([, text]) => text !== undefined));
}

function line(text: string): string {
  return oneLine(text, noticeLimits.line);
}

function paragraphs(texts: readonly (string | undefined)[]): string {
  const plain = texts.map((text) => plainText(text ?? '')).filter((text) => text !== '');
  return [...new Set(plain)].join('\n');
}
