// A person decides by the link of a message, over the whole house in memory: once, in time, and about what was asked.
import { describe, expect, it } from 'vitest';
import { DecisionLinks } from '../../../shared/domain/notification/decision-links.ts';
import { Secret } from '../../../shared/domain/secret.ts';
import { abortRun } from '../../../shared/usecases/operator/abort-run.ts';
import { approveRun } from '../../../shared/usecases/operator/approve-run.ts';
import { decideByLink, lookAtDecision } from '../../../shared/usecases/operator/decide-by-link.ts';
import { refusalOf } from '../../builders/failures.ts';
import { House, UNLISTED } from '../../builders/house.ts';
import { between, expectWhole, runOrder, versionNow } from '../../builders/operators.ts';

const approve = { decision: 'approve', name: 'Ana', reason: 'nobody uses it now' } as const;
const reject = { decision: 'reject', name: 'Ben', reason: 'month end' } as const;

/** The run waits, and people have been told. */
async function asked(): Promise<{ house: House; token: string }> {
  const house = new House();
  house.workspace.put(UNLISTED);
  await house.dies(UNLISTED);
  await house.settle(60);
  return { house, token: tokenIn(house) };
}

function tokenIn(house: House): string {
  const links = house.told.flatMap(({ message }) => message.decideLink ?? []);
  expect(new Set(links).size, 'one question, one link').toBe(1);
  return links[0]?.split('/decide/')[1] ?? '';
}

async function runOf(house: House) {
  const [run] = (await house.incident()).runs;
  if (!run) throw new Error('no run');
  return run;
}

describe('a decision by link', () => {
  it('E8: the message that asks carries the link on every channel, and no other message does', async () => {
    const { house, token } = await asked();
    const told = house.told.map(({ message }) => [message.channel, message.decideLink]);
    const link = `http://localhost:7071/decide/${token}`;
    expect(told).toEqual([
      ['operations', link],
      ['log', link],
    ]);
    await decideByLink(house.ports, token, approve);
    await house.settle(3600);
    const later = house.told.slice(2);
    expect(later.length).toBeGreaterThan(0);
    expect(later.map(({ message }) => message.decideLink)).toEqual(later.map(() => undefined));
  });

  it('E8: the link is made for the delivery: it travels in no message and stands in no record, retries included', async () => {
    const house = new House();
    house.workspace.put(UNLISTED);
    await house.dies(UNLISTED);
    const travelled = [];
    house.channelTrouble = 'unavailable';
    for (let n = 0; n < 6; n += 1) {
      const delivery = house.ports.bus.take();
      if (!delivery) break;
      travelled.push(delivery.message);
      await house.handle(delivery);
      delivery.complete();
      travelled.push(...(await house.incident()).outbox);
    }
    expect(travelled.map(({ queue }) => queue)).toContain('messages');
    house.channelTrouble = undefined;
    await house.settle(600);
    await decideByLink(house.ports, tokenIn(house), approve);
    const file = await house.incident();
    const all = JSON.stringify([travelled, file, await house.ports.incidents.timeline(file.incident.id), house.errors]);
    expect(all).toContain('"decision"');
    expect(all).toContain('run-approved');
    expect(all).not.toContain(tokenIn(house).slice(-43));
    expect(all).not.toContain('/decide/');
  });

  it('E8: looking shows what was asked and decides nothing, however often', async () => {
    const { house, token } = await asked();
    const before = await house.incident();
    for (let n = 0; n < 3; n += 1) {
      const seen = await lookAtDecision(house.ports, token);
      expect(seen).toMatchObject({ role: 'devops-engineer', because: expect.stringContaining('needs the approval') });
      expect(seen.steps.map(({ id }) => id)).toEqual(before.steps.map(({ id }) => id));
      expect(seen.expiresAt).toBe(before.runs[0]?.dueAt);
    }
    expect(await house.incident()).toEqual(before);
    expect(house.ports.guards.standing).toEqual([]);
  });

  it('E8: approved, the run acts and verifies; the timeline says who, why and by what', async () => {
    const { house, token } = await asked();
    await decideByLink(house.ports, token, approve);
    await house.settle(3600);
    expect(house.workspace.acts(UNLISTED)).toHaveLength(1);
    const { incident } = await house.incident();
    expect(incident.state).toBe('resolved');
    expect((await runOf(house)).approval).toMatchObject({ decision: 'approved', by: 'Ana', reason: approve.reason });
    const timeline = await house.ports.incidents.timeline(incident.id);
    expect(timeline.find(({ type }) => type === 'run-approved')).toMatchObject({
      actor: 'operator:Ana',
      text: 'Approved by Ana, by link sent to devops-engineer: nobody uses it now',
      data: { by: 'Ana', caller: 'link:devops-engineer', reason: approve.reason },
    });
    await expectWhole(house);
  });

  it('E8: rejected, it never acts', async () => {
    const { house, token } = await asked();
    await decideByLink(house.ports, token, reject);
    await house.settle(48 * 3600);
    expect(house.workspace.acts(UNLISTED)).toEqual([]);
    expect((await house.incident()).incident.state).toBe('escalated');
    expect((await runOf(house)).state).toMatchObject({ name: 'aborted', because: expect.stringContaining('by link') });
    await expectWhole(house);
  });

  it('E8: the same decision twice, or at once, is carried out once and answered each time', async () => {
    const { house, token } = await asked();
    const both = await Promise.all([
      decideByLink(house.ports, token, approve),
      decideByLink(house.ports, token, approve),
    ]);
    expect(both.map(({ repeated }) => repeated).sort()).toEqual([false, true]);
    await house.settle(3600);
    expect((await decideByLink(house.ports, token, approve)).repeated).toBe(true);
    expect((await house.types()).filter((type) => type === 'run-approved')).toHaveLength(1);
    expect(house.workspace.acts(UNLISTED)).toHaveLength(1);
  });

  it('E8, D4: the same order carried out between our look for its answer and our reading of the incident is answered, too', async () => {
    const key = { id: 'k', fingerprint: 'f' };
    type Ports = House['ports'];
    const because = { reason: 'by the API' };
    const orders = [
      (_: House, ports: Ports, token: string) => decideByLink(ports, token, approve),
      (house: House, ports: Ports) => approveRun(ports, runOrder(house, { key }), because),
      (house: House, ports: Ports, _: string, version: string) =>
        approveRun(ports, runOrder(house, { key, ifMatch: [version] }), because),
    ];
    for (const [n, give] of orders.entries()) {
      const { house, token } = await asked();
      const version = await versionNow(house);
      let others = 0;
      const ports = between(house, async (call) => {
        if (call !== 'incidents.load' || others > 0) return;
        others += 1;
        expect((await give(house, house.ports, token, version)).repeated, `order ${n}`).toBe(false);
      });
      const second = await give(house, ports, token, version);
      expect([others, second.repeated], `order ${n}`).toEqual([1, true]);
      expect((await house.types()).filter((type) => type === 'run-approved')).toHaveLength(1);
      await expectWhole(house);
    }
  });

  it('E8: approved and rejected at once, one of the two holds', async () => {
    const { house, token } = await asked();
    const settled = Promise.allSettled([approve, reject].map((each) => decideByLink(house.ports, token, each)));
    for (let turn = 0; turn < 50; turn += 1) await house.clock.advance(20);
    const both = await settled;
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await house.settle(3600);
    const decided = (await house.types()).filter((type) => type === 'run-approved' || type === 'run-rejected');
    expect(decided).toHaveLength(1);
    expect(house.workspace.acts(UNLISTED)).toHaveLength(decided[0] === 'run-approved' ? 1 : 0);
    await expectWhole(house);
  });

  it('E8: a second decision is refused, and says what the first one was', async () => {
    const { house, token } = await asked();
    await decideByLink(house.ports, token, approve);
    const words = /was approved by Ana at 2026-11-20T08:.*: nobody uses it now/;
    for (const late of [reject, { ...approve, name: 'Ben' }, { ...approve, reason: 'another' }]) {
      const refusal = await refusalOf(decideByLink(house.ports, token, late));
      expect(refusal).toMatchObject({ code: 'illegal-transition', message: expect.stringMatching(words) });
    }
    expect(await refusalOf(lookAtDecision(house.ports, token))).toMatchObject({ code: 'illegal-transition' });
    expect((await house.types()).filter((type) => type.startsWith('run-re') || type === 'run-approved')).toEqual([
      'run-approved',
    ]);
  });

  it('E8: what was decided by the API, or ended by it, is not decided again by link', async () => {
    const { house, token } = await asked();
    await approveRun(house.ports, runOrder(house), { reason: 'by the API' });
    expect(await refusalOf(decideByLink(house.ports, token, reject))).toMatchObject({
      code: 'illegal-transition',
      message: expect.stringContaining('approved by ana'),
    });
    const other = await asked();
    await abortRun(other.house.ports, runOrder(other.house), { reason: 'enough' });
    expect(await refusalOf(decideByLink(other.house.ports, other.token, approve))).toMatchObject({
      code: 'illegal-transition',
      message: expect.stringContaining('Nothing is left to decide'),
    });
  });

  it('E8: a link decides until the approval wait is over, and not an instant longer', async () => {
    const { house, token } = await asked();
    const { dueAt = '' } = await runOf(house);
    await house.clock.advance(Date.parse(dueAt) - house.clock.now().getTime() - 1);
    await lookAtDecision(house.ports, token);
    await house.clock.advance(1);
    for (const late of [lookAtDecision(house.ports, token), decideByLink(house.ports, token, approve)]) {
      expect(await refusalOf(late)).toMatchObject({ code: 'link-over', message: expect.stringContaining(dueAt) });
    }
    await house.settle(3600);
    expect((await runOf(house)).state.name).toBe('paused');
    expect(house.workspace.acts(UNLISTED)).toEqual([]);
  });

  it('E8: a link to a run that is gone, or that would do something else by now, decides nothing', async () => {
    const { house, token } = await asked();
    const { decisionLinks } = house.ports;
    const claims = decisionLinks.read(token);
    if (!claims) throw new Error('no link');
    const signed = (change: object) => decisionLinks.linkFor({ ...claims, ...change }).split('/decide/')[1] ?? '';
    for (const gone of [
      signed({ run: 2 }),
      signed({ asked: 'f'.repeat(24) }),
      signed({ incidentId: 'RCA-20200101-001' }),
    ]) {
      expect(await refusalOf(lookAtDecision(house.ports, gone))).toMatchObject({ code: 'link-over' });
      expect(await refusalOf(decideByLink(house.ports, gone, approve))).toMatchObject({ code: 'link-over' });
    }
    const basis = await house.incident();
    const steps = basis.steps.map((step) => ({ ...step, params: { ...step.params, timeoutSeconds: 7 } }));
    await house.ports.incidents.commit({
      basis,
      incident: basis.incident,
      steps,
      events: [],
      at: house.clock.now().toISOString(),
    });
    expect(await refusalOf(decideByLink(house.ports, token, approve))).toMatchObject({ code: 'link-over' });
    expect((await runOf(house)).state.name).toBe('waiting-approval');
    expect(await house.types()).not.toContain('run-approved');
  });

  it('E8: a token of another installation, or without links set up, is no link', async () => {
    const { house, token } = await asked();
    const foreign = new DecisionLinks('http://localhost:7071', [new Secret('somebody else signs with this secret')]);
    for (const decisionLinks of [foreign, undefined]) {
      const ports = { ...house.ports, decisionLinks };
      expect(await refusalOf(lookAtDecision(ports, token))).toMatchObject({ code: 'not-found' });
      expect(await refusalOf(decideByLink(ports, token, approve))).toMatchObject({ code: 'not-found' });
    }
  });

  it('E8: an incident whose run needs nobody asks nobody', async () => {
    const house = new House();
    await house.dies();
    await house.settle();
    expect(house.told.length).toBeGreaterThan(0);
    expect(house.told.filter(({ message }) => message.decideLink ?? message.decision)).toEqual([]);
  });
});
