// Releasing what an outage held back: once the region is well again, the runs of its components go on at the pace of the budget (C6).
// It acts on nothing but their waiting: each of them asks the gate for itself.
import { Broken } from '../../domain/errors.ts';
import type { HeldRun, RegionHands } from '../../ports/region-hands.ts';
import type { ActVerdict, DoneVerdict, Plan, Step, StepContext, VerifyVerdict } from '../step.ts';

export const releaseComponents: Step = {
  id: 'release-components',
  kinds: ['region'],
  title: 'Let what was held back go on once the region is well',
  action: 'release_components',
  done,
  plan: async (context) => planFor(handsOf(context), await handsOf(context).held()),
  act,
  verify,
  advice: ({ component }) =>
    `See how ${component.id} stands (GET /api/regions); what is still held back asks again by itself every few minutes.`,
};

async function done(context: StepContext): Promise<DoneVerdict> {
  const hands = handsOf(context);
  const state = await hands.state();
  // The gate holds the act while it is out; whoever waits is not even counted before.
  if (state?.verdict === 'outage') {
    const plan = { how: 'release', text: `let the components of ${hands.region} go on once it is well` };
    return { is: 'not-done', because: `${hands.region} is out since ${state.since}`, seen: null, plan };
  }
  const held = await hands.held();
  if (held.length === 0) return { is: 'done', because: `nothing waits for ${hands.region} any more` };
  return { is: 'not-done', because: `${held.length} wait for ${hands.region}`, seen: null, plan: planFor(hands, held) };
}

function planFor({ region, pacePerMinute }: RegionHands, held: readonly HeldRun[]): Plan {
  const minutes = Math.ceil(held.length / pacePerMinute);
  const what = held.length === 1 ? '1 component' : `${held.length} components`;
  const text = `let ${what} of ${region} go on, ${pacePerMinute} a minute, for about ${minutes} min`;
  return { how: 'release', text };
}

async function act(context: StepContext, _plan: Plan, lastLook: Parameters<Step['act']>[2]): Promise<ActVerdict> {
  const outcome = await handsOf(context).release(lastLook);
  if ('because' in outcome) return { acted: false, because: outcome.because };
  return { acted: true, text: `${outcome.released} were told to go on` };
}

async function verify(context: StepContext): Promise<VerifyVerdict> {
  const hands = handsOf(context);
  const state = await hands.state();
  if (!state) return { is: 'waiting', because: `${hands.region} has not been assessed` };
  if (state.verdict === 'outage') return { is: 'failed', because: `${hands.region} is out again`, retryable: true };
  const held = await hands.held();
  if (held.length > 0) return { is: 'waiting', because: `${held.length} have not gone on yet` };
  if (state.verdict !== 'healthy')
    return { is: 'waiting', because: `${hands.region} is ${state.verdict}: ${state.words}` };
  const because = `${hands.region} is healthy since ${state.since}, and nothing is held back any more`;
  return { is: 'succeeded', because, recoveredAt: state.since };
}

function handsOf({ region, component }: StepContext): RegionHands {
  if (!region) throw new Broken('broken', `${component.kind} ${component.id} is no region`);
  return region;
}
