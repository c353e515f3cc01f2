// Stage: what Azure tells is held against what it told before; what holds now is kept, speaks to its regions, and is a failure, the end of
// one, or something to be known and no more. Every step is safe to repeat.
import { judgeNotice, type NoticeJudgement } from '../../domain/signals/azure/judge-notice.ts';
import type { AzureNotice } from '../../domain/signals/azure/notice.ts';
import { signalOfNotice } from '../../domain/signals/azure/notice-subject.ts';
import { mayHaveSpokenOf, testimoniesOf, witnessOf } from '../../domain/signals/azure/notice-testimony.ts';
import { failoverWarnings, wordsOfNotice, wordsOfReason } from '../../domain/signals/azure/notice-words.ts';
import type { Decision, SignalOutcome } from '../../domain/signals/outcome.ts';
import type { AzureSignal, ComponentSignal } from '../../domain/signals/signal.ts';
import type { NoticeVersion } from '../../ports/notice-store.ts';
import { recordedOutcome } from '../signal/outcomes.ts';
import type { SignalPorts } from '../signal/ports.ts';
import { Trail } from '../signal/trail.ts';
import { keepNotice } from './keep-notice.ts';

const STAGE = 'notice';

export type HandledNotice = { readonly kept: NoticeVersion } & (
  | {
      /** The failure or recovery that it means, and what was decided on the way to it. */
      readonly told: ComponentSignal;
      readonly decisions: readonly Decision[];
      readonly outcome?: undefined;
    }
  /** Recorded and no more. */
  | { readonly told?: undefined; readonly outcome: SignalOutcome; readonly decisions?: undefined }
);

/** Throws `Conflict` when another delivery about the same thing was faster. */
export async function handleNotice(ports: SignalPorts, signal: AzureSignal): Promise<HandledNotice> {
  await noteHeard(ports, signal);
  const { notice, isOlder, version: kept } = await keepNotice(ports.notices, signal);
  const trail = new Trail();
  if (isOlder) {
    trail.note(STAGE, 'recorded', 'older-update', { key: notice.key, at: signal.notice.at, newestAt: notice.at });
    return { kept, outcome: recorded(ports, signal, 'older-update', trail) };
  }
  const judgement = judgeNotice(notice, ports.estate, ports.clock.now());
  trail.note(STAGE, judgement.is, judgement.because, evidenceOf(notice, ports));
  await speakToRegions(ports, notice, judgement, trail);
  if (judgement.is === 'recorded') return { kept, outcome: recorded(ports, signal, judgement.because, trail) };
  const text = textOf(notice, judgement, ports);
  return {
    kept,
    told: signalOfNotice(signal, notice, judgement, { text, estate: ports.estate }),
    decisions: trail.decisions,
  };
}

/** The doors of action groups, by what comes through them. */
async function noteHeard({ sources }: SignalPorts, { source, notice, receivedAt }: AzureSignal): Promise<void> {
  if (source !== 'webhook') return;
  await sources.heard(notice.sort === 'service-health' ? 'service-health' : 'monitor-alert', new Date(receivedAt));
}

async function speakToRegions(
  { witnesses, estate }: SignalPorts,
  notice: AzureNotice,
  judgement: NoticeJudgement,
  trail: Trail,
): Promise<void> {
  const testimonies = testimoniesOf(notice, judgement, estate);
  const spokenTo = testimonies.map(({ region }) => region);
  const silent = notice.isTest ? [] : mayHaveSpokenOf(notice, estate).filter((region) => !spokenTo.includes(region));
  await Promise.all([
    ...testimonies.map((testimony) => witnesses.put(testimony)),
    ...silent.map((region) => witnesses.retract(region, witnessOf(notice))),
  ]);
  for (const { region, says, fate } of testimonies)
    trail.note('region', 'told', `witness-says-${says}`, { region, fate });
}

function textOf(notice: AzureNotice, { is, because }: NoticeJudgement, { estate }: SignalPorts): string {
  return is === 'failure' ? wordsOfNotice(notice, estate) : `${wordsOfReason(because)} ${notice.title}`;
}

function evidenceOf(notice: AzureNotice, { estate }: SignalPorts): Record<string, unknown> {
  const { key, phase, stage, status, level, incidentType, regions, isGlobal, services, at } = notice;
  const named = { regions: regions.slice(0, 10), services: services.slice(0, 10), isGlobal };
  return { key, phase, stage, status, level, incidentType, at, ...named, warnings: failoverWarnings(notice, estate) };
}

function recorded(ports: SignalPorts, signal: AzureSignal, because: string, trail: Trail): SignalOutcome {
  const { key, title } = signal.notice;
  return recordedOutcome(ports, signal, key, `${wordsOfReason(because)} ${title}`, trail);
}
