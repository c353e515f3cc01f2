import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FailureClass } from '../../../../shared/domain/classification/failure-classes.ts';
import type { ComponentKey } from '../../../../shared/domain/estate/lookup.ts';
import { readBy } from '../../../../shared/domain/faults.ts';
import { keyOf, subjectOf } from '../../../../shared/domain/incidents/subject.ts';
import { subjectKinds } from '../../../../shared/domain/incidents/subject-kinds.ts';
import { faultsOf, timesOf } from '../../../../shared/domain/standing-orders/check-order.ts';
import { covers, orderOver, windowAround } from '../../../../shared/domain/standing-orders/orders-over.ts';
import {
  endOf,
  type GivenOrder,
  givenOrderSchema,
  isInForce,
  type OrderScope,
  type StandingOrder,
  stateOf,
} from '../../../../shared/domain/standing-orders/standing-order.ts';
import { House } from '../../../builders/house.ts';

const { estate } = new House().ports;
const NOON = '2026-11-20T12:00:00.000Z';
const now = new Date(NOON);
const HOUR_MS = 3600 * 1000;

function at(hours: number): string {
  return new Date(now.getTime() + hours * HOUR_MS).toISOString();
}

function anOrder(change: Partial<StandingOrder> = {}): StandingOrder {
  return {
    id: 'so-1',
    kind: 'silence',
    scope: { of: 'everything' },
    from: NOON,
    until: at(1),
    owner: 'ana',
    caller: 'api-key',
    reason: 'work',
    givenAt: NOON,
    fingerprint: 'f',
    noted: {},
    ...change,
  };
}

const cluster: ComponentKey = { kind: 'cluster', id: 'c-1', workspace: 'databricks-dev' };
const standby: ComponentKey = { kind: 'cluster', id: 'c-1', workspace: 'databricks-dr' };
const unplaced: ComponentKey = { kind: 'cluster', id: 'c-1', workspace: null };
const alert: ComponentKey = { kind: 'azure-alert', id: 'a-1', workspace: null };

describe('what a standing order holds for', () => {
  const rows: [string, OrderScope, ComponentKey, FailureClass, boolean][] = [
    ['everything holds for a cluster', { of: 'everything' }, cluster, 'DatabricksUnknown', true],
    ['everything holds for an alert of Azure', { of: 'everything' }, alert, 'AzureAlert', true],
    ['everything holds for what nobody knows', { of: 'everything' }, unplaced, 'DatabricksUnknown', true],
    ['a region holds for what stands in it', { of: 'region', region: 'eastus' }, cluster, 'DatabricksUnknown', true],
    [
      'a region does not hold for the other one',
      { of: 'region', region: 'eastus' },
      standby,
      'DatabricksUnknown',
      false,
    ],
    [
      'a region does not hold for what has none',
      { of: 'region', region: 'eastus' },
      unplaced,
      'DatabricksUnknown',
      false,
    ],
    ['a workspace', { of: 'workspace', workspace: 'databricks-dr' }, standby, 'DatabricksUnknown', true],
    ['another workspace', { of: 'workspace', workspace: 'databricks-dr' }, cluster, 'DatabricksUnknown', false],
    ['a component, wherever', { of: 'component', kind: 'cluster', id: 'c-1' }, standby, 'DatabricksUnknown', true],
    [
      'a component of one workspace',
      { of: 'component', kind: 'cluster', id: 'c-1', workspace: 'databricks-dev' },
      standby,
      'DatabricksUnknown',
      false,
    ],
    ['another component', { of: 'component', kind: 'cluster', id: 'c-2' }, cluster, 'DatabricksUnknown', false],
    ['another kind of component', { of: 'component', kind: 'job', id: 'c-1' }, cluster, 'DatabricksUnknown', false],
    ['a class', { of: 'failure-class', failureClass: 'AzureAlert' }, alert, 'AzureAlert', true],
    ['another class', { of: 'failure-class', failureClass: 'AzureAlert' }, cluster, 'DatabricksUnknown', false],
  ];
  it.each(rows)('J5: %s', (_words, scope, component, failureClass, held) => {
    expect(covers(estate, { scope }, { component, failureClass })).toBe(held);
  });

  it('J5: nothing ever holds for Lakewarden itself, nor for a region', () => {
    const own = { component: { kind: 'lakewarden', id: 'breakers', workspace: null } } as const;
    const region = { component: { kind: 'region', id: 'eastus', workspace: null } } as const;
    const scopes: OrderScope[] = [{ of: 'everything' }, { of: 'region', region: 'eastus' }];
    for (const scope of scopes) {
      expect(covers(estate, { scope }, { ...own, failureClass: 'LakewardenBreakerOpened' })).toBe(false);
      expect(covers(estate, { scope }, { ...region, failureClass: 'AzureRegionOutage' })).toBe(false);
    }
  });

  it('E3: from its beginning until before its end, or until somebody ended it', () => {
    const order = anOrder();
    expect([at(-0.001), NOON, at(0.999), at(1)].map((each) => isInForce(order, each))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    const ended = anOrder({ endedAt: at(0.5) });
    expect([at(0.499), at(0.5)].map((each) => isInForce(ended, each))).toEqual([true, false]);
    expect(endOf(anOrder({ endedAt: at(2) })), 'ending it afterwards changes nothing').toBe(at(1));
    const states = [stateOf(order, at(-1)), stateOf(order, NOON), stateOf(order, at(1)), stateOf(ended, at(1))];
    expect(states).toEqual(['to-come', 'in-force', 'expired', 'ended']);
  });

  it('E3: of several the one that ends last counts; of another kind none', () => {
    const orders = [anOrder(), anOrder({ id: 'so-2', until: at(3) }), anOrder({ id: 'so-3', until: at(2) })];
    expect(orderOver(estate, orders, 'silence', { component: cluster, at: now })?.id).toBe('so-2');
    expect(orderOver(estate, orders, 'freeze', { component: cluster, at: now })).toBeUndefined();
  });

  it("E3: the estate's weekly windows and those that a person gives are one question", () => {
    const weekly = {
      ...estate,
      pairs: estate.pairs.map((pair) => ({
        ...pair,
        primary: {
          ...pair.primary,
          components: pair.primary.components.map((each) => ({
            ...each,
            maintenanceWindows: [{ days: ['fri' as const], from: '12:00', to: '13:00', timeZone: 'UTC' }],
          })),
        },
      })),
    };
    const [listed] = estate.pairs[0]?.primary.components ?? [];
    if (!listed) throw new Error('the reference estate lists nothing');
    const about = { component: { kind: listed.kind, id: listed.id, workspace: 'databricks-dev' }, at: now };
    expect(windowAround(estate, [], about)).toBeUndefined();
    expect(windowAround(weekly, [], about)).toEqual({});
    expect(windowAround(estate, [anOrder({ kind: 'maintenance-window' })], about)).toMatchObject({ until: at(1) });
    expect(windowAround(estate, [anOrder({ kind: 'freeze' })], about)).toBeUndefined();
  });

  it('J5: a subject names its component, also where it was split off', () => {
    const anyKey = fc.record({
      kind: fc.constantFrom(...subjectKinds),
      id: fc.stringMatching(/^[a-z/][a-z0-9/-]{0,20}$/),
      workspace: fc.constantFrom('databricks-dev', null),
    });
    fc.assert(
      fc.property(anyKey, fc.boolean(), (key, isSplit) => {
        const subject = `${subjectOf(key)}${isSplit ? '/split/RCA-20261120-001' : ''}`;
        expect(subjectOf(keyOf(subject) ?? { kind: 'job', id: '', workspace: null })).toBe(subjectOf(key));
      }),
    );
    expect(keyOf('gate/stop-switch')).toBeUndefined();
  });
});

describe('what a person gives', () => {
  function given(change: Record<string, unknown>): unknown {
    return { kind: 'silence', scope: { of: 'everything' }, until: at(1), reason: 'work', ...change };
  }
  const refused: [string, Record<string, unknown>, string, RegExp][] = [
    ['an end is needed', { until: undefined }, '/until', /must be an instant/],
    ['an end that is no instant', { until: 'tomorrow' }, '/until', /must be an instant/],
    ['an end that is over', { until: at(-1) }, '/until', /not be over yet/],
    ['at most 30 days', { until: at(24 * 30 + 1) }, '/until', /at most 30 days/],
    ['an end before its beginning', { from: at(3), until: at(2) }, '/until', /after its beginning/],
    ['a beginning in the past', { from: at(-1) }, '/from', /in the past/],
    ['a beginning in years', { from: at(24 * 400), until: at(24 * 401) }, '/from', /within 366 days/],
    ['a reason is needed', { reason: ' ' }, '/reason', /must not be empty/],
    ['an unknown kind', { kind: 'nap' }, '/kind', /one of maintenance-window, freeze, silence/],
    ['an unknown scope', { scope: { of: 'tenant' } }, '/scope/of', /one of everything, region/],
    [
      'a region that the estate has not',
      { scope: { of: 'region', region: 'northeurope' } },
      '/scope/region',
      /eastus, westus2/,
    ],
    [
      'a workspace that the estate has not',
      { scope: { of: 'workspace', workspace: 'prod' } },
      '/scope/workspace',
      /databricks-dev, databricks-dr/,
    ],
    ['Lakewarden itself', { scope: { of: 'component', kind: 'lakewarden', id: 'breakers' } }, '/scope/kind', /one of/],
    [
      'a region outage',
      { scope: { of: 'failure-class', failureClass: 'AzureRegionOutage' } },
      '/scope/failureClass',
      /one of/,
    ],
    ['an owner of one’s choice', { owner: 'somebody' }, '/owner', /is not known/],
  ];
  it.each(refused)('E3: is told what is wrong: %s', (_words, change, pointer, words) => {
    const read = readBy(givenOrderSchema, given(change));
    const faults = read.ok ? faultsOf(estate, read.value, now) : read.faults;
    expect(faults).toContainEqual({ pointer, detail: expect.stringMatching(words) });
  });

  it('E3: its times are instants in UTC; a clock a little behind ours begins now', () => {
    const read = (change: Record<string, unknown>): GivenOrder => givenOrderSchema.parse(given(change));
    expect(timesOf(read({ until: '2026-11-20T15:00:00+02:00' }), now)).toEqual({ from: NOON, until: at(1) });
    const behind = read({ from: at(-0.05) });
    expect(faultsOf(estate, behind, now)).toEqual([]);
    expect(timesOf(behind, now).from).toBe(NOON);
    expect(faultsOf(estate, read({ until: at(24 * 30) }), now)).toEqual([]);
  });
});
