// Asks the gate with everything that all instances share, and takes what an open gate costs: the breaker's one trial, one act of the budget.
import { type Permission, permissionFor, withTrial } from '../../domain/breakers/breaker.ts';
import type { Estate } from '../../domain/estate/estate.ts';
import { autonomyOf, regionOfComponent, rulesOf } from '../../domain/estate/lookup.ts';
import { type Incident, isTakenByHuman } from '../../domain/incidents/incident.ts';
import { askGate, type GateFacts, type GateVerdict, type Hands } from '../../domain/playbooks/gate.ts';
import { isOut, type RegionState } from '../../domain/regions/region-state.ts';
import { type Run, turnOf } from '../../domain/runbooks/run.ts';
import { keptBy, orderOver, windowAround } from '../../domain/standing-orders/orders-over.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ActBudget, BreakerStore, GateSettings, GateStore, StoredBreaker } from '../../ports/gate-store.ts';
import { againOnConflict } from '../again-on-conflict.ts';

/** How often what an outage holds back asks by itself, in seconds of operations. */
const OUTAGE_ASK_SECONDS = 600;

export interface GatePorts {
  readonly estate: Estate;
  readonly remediationEnabled: boolean;
  readonly clock: Clock;
  readonly gate: GateStore;
  readonly breakers: BreakerStore;
  readonly budget: ActBudget;
}

/** What the gate needs of an incident; one that is not open yet has no run. */
export interface GateQuestion {
  readonly incident: Pick<Incident, 'subject' | 'failureClass' | 'component'> &
    Partial<Pick<Incident, 'acknowledgedAt' | 'acknowledgedBy' | 'state'>>;
  /** `<incident>/<run number>`: which trial and which hold are its own. */
  readonly runId: string;
  readonly run?: Run;
  readonly hands?: Hands;
  /** As they were read a moment ago; without them they are read. */
  readonly settings?: GateSettings;
}

/** The verdict without taking anything: what would be said now. */
export async function considerGate(ports: GatePorts, question: GateQuestion): Promise<GateVerdict> {
  return askGate((await factsOf(ports, question)).facts);
}

/** An act that the budget has granted: until when it may be sent, and the turn with which another grant is asked for (ISO instants). */
export interface ActGrant {
  readonly endsAt: string;
  readonly turn: string;
}

/** Who passes has a grant. */
export type Passage =
  | Exclude<GateVerdict, { gate: 'open' }>
  | (Extract<GateVerdict, { gate: 'open' }> & { readonly grant: ActGrant });

/** The verdict before an act. An open gate has taken the trial of a half-open breaker and one act of the budget. */
export async function passGate(ports: GatePorts, question: GateQuestion): Promise<Passage> {
  // Taken once, however often somebody else writes the breaker meanwhile.
  let grant: ActGrant | undefined;
  return await againOnConflict(ports.clock, async () => {
    const { facts, breakers } = await factsOf(ports, question);
    const verdict = askGate(facts);
    if (verdict.gate !== 'open') return verdict;
    const answer = grant ?? (await takeGrant(ports, question, question.run && turnOf(question.run)));
    if ('until' in answer) return { gate: 'wait', because: 'no-budget', ...answer };
    grant = answer;
    await takeTrials(ports, question, breakers);
    return { ...verdict, grant: answer };
  });
}

/** One act of the budget; whoever was granted one before asks with its `turn`, and comes before those who ask for the first time. */
export async function takeGrant(
  ports: GatePorts,
  { incident, runId }: Pick<GateQuestion, 'incident' | 'runId'>,
  turn: string | undefined,
): Promise<ActGrant | { readonly until: string; readonly turn: string }> {
  const askedAt = ports.clock.now().toISOString();
  const grant = await ports.budget.takeAct(budgetOf(incident), { runId, turn });
  if (!grant.granted) return { until: grant.until, turn: grant.turn };
  return { endsAt: grant.endsAt, turn: turn ?? askedAt };
}

/** Whether one that asks now would have to wait for the budget, as far as this process knows. */
export function isBudgetUsedUp(ports: GatePorts, incident: GateQuestion['incident']): boolean {
  return ports.budget.isUsedUp(budgetOf(incident));
}

/** Whose budget an act on this component takes from. */
function budgetOf({ component }: GateQuestion['incident']): string {
  return component.workspace ?? 'unknown';
}

interface Gathered {
  readonly facts: GateFacts;
  readonly breakers: readonly StoredBreaker[];
}

async function factsOf(ports: GatePorts, question: GateQuestion): Promise<Gathered> {
  const { incident, runId, run, hands } = question;
  const { component, failureClass, subject } = incident;
  const [settings, byClass, bySubject] = await Promise.all([
    question.settings ?? ports.gate.read(),
    ports.breakers.get('class', failureClass),
    ports.breakers.get('subject', subject),
  ]);
  const now = ports.clock.now().toISOString();
  const about = { component, failureClass, at: ports.clock.now() };
  const { listed } = rulesOf(ports.estate, component);
  const silence = opensOrIsSuppressed(incident)
    ? orderOver(ports.estate, settings.orders, 'silence', about)
    : undefined;
  const facts: GateFacts = {
    remediationEnabled: ports.remediationEnabled,
    stop: settings.stop,
    hold: settings.holds.find((hold) => hold.workspace === component.workspace && hold.run !== runId),
    outage: outageFor(ports, component, settings.regions),
    autonomy: autonomyOf(ports.estate, component, failureClass),
    listed,
    // Whoever looks after a region does not keep what waits for it from going on.
    takenByHuman: component.kind !== 'region' && isTakenByHuman(incident),
    window: windowAround(ports.estate, settings.orders, about),
    freeze: keptBy(orderOver(ports.estate, settings.orders, 'freeze', about)),
    silence: keptBy(silence),
    ...(hands ? { hands } : {}),
    approved: run?.approval?.decision === 'approved' && run.approval.expiresAt > now,
    classBreaker: permissionFor(byClass.breaker, runId, now),
    subjectBreaker: permissionFor(bySubject.breaker, runId, now),
  };
  return { facts, breakers: [byClass, bySubject] };
}

/** A silence that is given while an incident is open leaves its run alone. */
function opensOrIsSuppressed({ state }: GateQuestion['incident']): boolean {
  return state === undefined || state === 'suppressed';
}

/** Whoever waits for a region is told when it may go on; it asks by itself only in case nobody comes. The region's own run looks soon. */
function outageFor(
  { estate, clock }: GatePorts,
  component: GateQuestion['incident']['component'],
  states: readonly RegionState[],
): GateFacts['outage'] {
  const region = regionOfComponent(estate, component);
  if (region === undefined || !isOut(states, region)) return undefined;
  if (component.kind === 'region') return { region };
  return { region, askAgainAt: clock.after(OUTAGE_ASK_SECONDS).toISOString() };
}

/** Written with its version, so that of two instances one gets the trial and the other asks again. */
async function takeTrials(
  ports: GatePorts,
  { runId }: GateQuestion,
  breakers: readonly StoredBreaker[],
): Promise<void> {
  const now = ports.clock.now().toISOString();
  for (const stored of breakers) {
    const permission: Permission = permissionFor(stored.breaker, runId, now);
    if (permission.allowed && permission.trial) {
      await ports.breakers.set(stored, withTrial(stored.breaker, runId, ports.clock));
    }
  }
}
