// A steady fault told from an intermittent one, slow from usual, and what that says of the region.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Course, courseOf } from '../../../../shared/domain/probes/course.ts';
import { LEAST_BASELINE_LOOKS } from '../../../../shared/domain/probes/figures.ts';
import { isOwnNetworkBroken } from '../../../../shared/domain/probes/own-network.ts';
import { type sampleOf, setAside } from '../../../../shared/domain/probes/sample.ts';
import type { ProbeTarget } from '../../../../shared/domain/probes/target.ts';
import { otherTestimony, workspaceTestimony } from '../../../../shared/domain/probes/testimony.ts';
import { testimonySchema } from '../../../../shared/domain/regions/testimony.ts';
import { aLook, looksLike, NOW } from '../../../builders/probe-samples.ts';

const target: ProbeTarget = {
  id: 'workspace/databricks-dev',
  kind: 'workspace',
  name: 'databricks-dev',
  region: 'eastus',
  origin: 'https://databricks-dev.azuredatabricks.net',
  path: '/',
  expects: 'api',
};

function shallow(line: string): Course {
  return courseOf(looksLike(line), 'shallow', NOW);
}

describe('k of n', () => {
  it.each([
    ['.....', 'well'],
    ['X....', 'intermittent'],
    ['.X...', 'intermittent'],
    ['X.X.X', 'intermittent'],
    ['.XXX.', 'intermittent'],
    ['XX...', 'intermittent'],
    ['X', 'intermittent'],
    ['XX', 'intermittent'],
    ['XXX', 'steady'],
    ['XXX..', 'steady'],
    ['XXXXX', 'steady'],
    ['XX.XX', 'steady'],
    ['.XXXX', 'steady'],
    ['X.XXX', 'steady'],
    ['.....XXXXX', 'well'],
    ['XsXsXs', 'steady'],
    ['s.....', 'well'],
    ['sss', 'unknown'],
    ['ssss.....', 'unknown'],
    ['', 'unknown'],
  ])('B4: %s, the newest first, is %s', (line, expected) => {
    expect(shallow(line).is).toBe(expected);
  });

  it('B4: old failures say nothing about now, and without a look of late nobody knows', () => {
    const later = new Date(NOW.getTime() + 4 * 60_000);
    expect(courseOf(looksLike('XXXXX'), 'shallow', later).is).toBe('unknown');
    expect(courseOf([...looksLike('.'), ...looksLike('XXXX', 'shallow', 12).slice(1)], 'shallow', NOW).is).toBe('well');
  });

  it('B4: tells how many failed, and the newest words', () => {
    expect(shallow('.DX..')).toMatchObject({
      is: 'intermittent',
      failed: 2,
      of: 5,
      failedAt: 'dns',
      because: '2 of the last 5 looks failed; DNS: there is no such name',
    });
  });

  it('B4: whatever the series, fewer failures are never judged worse', () => {
    const order = ['well', 'slow', 'intermittent', 'steady'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom('X', '.'), { minLength: 1, maxLength: 8 }), fc.nat(), (letters, at) => {
        const mended = letters.with(at % letters.length, '.');
        const [before, after] = [shallow(letters.join('')).is, shallow(mended.join('')).is];
        return order.indexOf(after) <= order.indexOf(before);
      }),
    );
  });
});

describe('slow', () => {
  function paced(newestMs: readonly number[], usualMs: number, looks: number): Course {
    const latencies = [...newestMs, ...Array<number>(looks).fill(usualMs)];
    const samples = latencies.map((milliseconds, index) =>
      aLook({ at: new Date(NOW.getTime() - index * 60_000), checks: [{ name: 'http', outcome: 'ok', milliseconds }] }),
    );
    return courseOf(samples, 'shallow', NOW);
  }

  it('B4: much slower than its own last hour is slow', () => {
    expect(paced([3_000, 2_500, 2_800], 100, 30)).toMatchObject({ is: 'slow', latencyMs: 2_800, baselineMs: 100 });
  });

  it.each([
    ['one slow answer', [4_000, 100, 120], 100, 30],
    ['many times slower, but quick all the same', [90, 95, 80], 10, 30],
    ['longer, but not many times', [3_000, 3_000, 3_000], 2_000, 30],
    ['without a baseline', [4_000, 4_000, 4_000], 100, LEAST_BASELINE_LOOKS - 1],
  ])('B4: %s is not slow', (_what, newest, usual, looks) => {
    expect(paced(newest, usual, looks).is).toBe('well');
  });
});

describe('what our looks say of a region', () => {
  function said(line: string, { deep = '.', ownNetworkBroken = false } = {}) {
    const deepCourse = courseOf(looksLike(deep, 'deep', 5), 'deep', NOW);
    const testimony = workspaceTestimony({ target, shallow: shallow(line), deep: deepCourse, ownNetworkBroken }, NOW);
    return testimonySchema.parse(testimony);
  }

  it.each([
    ['.....', '.', 'healthy', 'workspace/databricks-dev'],
    ['XXX..', '.', 'outage', 'workspace/databricks-dev'],
    ['DDD..', '.', 'outage', 'our-network'],
    ['X....', '.', 'healthy', 'workspace/databricks-dev'],
    ['X..X.', '.', 'degraded', 'workspace/databricks-dev'],
    ['.DX..', '.', 'degraded', 'our-network'],
    ['.....', 'X', 'healthy', 'workspace/databricks-dev'],
    ['.....', 'X.X', 'degraded', 'workspace/databricks-dev'],
    ['.....', 'XXX', 'degraded', 'workspace/databricks-dev'],
    ['.....', 's', 'healthy', 'workspace/databricks-dev'],
    ['sssss', '.', 'unknown', 'workspace/databricks-dev'],
  ] as const)('B4: shallow %s with deep %s is %s, by the fate of %s', (line, deep, says, fate) => {
    expect(said(line, { deep })).toMatchObject({ says, fate, region: 'eastus', witness: 'probe/databricks-dev' });
  });

  it('B4: while our own network is broken nothing is known, not even of what was fine a minute ago', () => {
    const testimony = said('.....', { ownNetworkBroken: true });
    expect(testimony).toMatchObject({ says: 'unknown', fate: 'our-network', source: 'probes' });
    expect(testimony.words).toMatch(/our own network is broken/);
  });

  it('C5: it holds for three minutes and no longer', () => {
    const { seenAt, validUntil } = said('.....');
    expect(Date.parse(validUntil) - Date.parse(seenAt)).toBe(180_000);
  });

  it('B5: storage of a region that is gone steadily degrades it, and shares our fate unless it alone fails', () => {
    const storage: ProbeTarget = { ...target, id: 'storage/account', kind: 'storage', name: 'account' };
    const course = courseOf(looksLike('DDD', 'connectivity', 5), 'connectivity', NOW);
    const looks = { target: storage, course };
    expect(otherTestimony({ ...looks, othersFail: false }, NOW)).toMatchObject({
      says: 'degraded',
      fate: 'storage/account',
      witness: 'connectivity/storage/account',
    });
    expect(otherTestimony({ ...looks, othersFail: true }, NOW)?.fate).toBe('our-network');
    const well = courseOf(looksLike('DD.', 'connectivity', 5), 'connectivity', NOW);
    expect(otherTestimony({ ...looks, course: well, othersFail: false }, NOW)).toBeUndefined();
    expect(otherTestimony({ ...looks, target: { ...storage, region: null }, othersFail: true }, NOW)).toBeUndefined();
  });
});

describe('our own network', () => {
  const one = (letter: string) => looksLike(letter)[0] ?? aLook();
  const [well, gone, wrong, left] = [one('.'), one('D'), one('X'), one('s')];
  const east = { ...gone, region: 'eastus' };
  const west = { ...gone, region: 'westus2' };

  it('B4: is broken when no workspace and no control witness is reached', () => {
    expect(isOwnNetworkBroken([east, west], [gone, gone])).toBe(true);
    expect(isOwnNetworkBroken([east], [gone])).toBe(true);
  });

  it.each([
    ['one workspace answers', [east, well], [gone]],
    ['one answers wrongly', [east, wrong], [gone]],
    ['a control witness answers', [east, west], [gone, well]],
    ['a control witness answers wrongly', [east, west], [gone, wrong]],
    ['nobody was looked at', [left], [gone]],
    ['one region is gone and there is no control witness', [east], []],
  ])('B4: works when %s', (_what, workspaces, references) => {
    expect(isOwnNetworkBroken(workspaces, references)).toBe(false);
  });

  it('B4: without control witnesses it takes two regions', () => {
    expect(isOwnNetworkBroken([east, west], [])).toBe(true);
  });

  it('B4: a look that was ours is set aside with its words, and fails nobody afterwards', () => {
    const aside = setAside(east, 'our own network is broken');
    expect(aside).toMatchObject({
      outcome: 'skipped',
      because: 'our own network is broken (DNS: there is no such name)',
    });
    expect(aside).not.toHaveProperty('failedAt');
    expect(courseOf([...looksLike('.'), aside, aside, aside, aside], 'shallow', NOW).is).toBe('well');
  });
});

describe('a sample', () => {
  it('B4: a refusal is an answer: not a failure, and alone no proof that anything works', () => {
    const refused = { name: 'authentication', outcome: 'refused', milliseconds: 5, because: '403 no' } as const;
    const ofChecks = (checks: Parameters<typeof sampleOf>[0]['checks']) => aLook({ kind: 'deep', checks });
    expect(ofChecks([refused])).toMatchObject({ outcome: 'skipped', because: 'Authentication: 403 no' });
    expect(
      ofChecks([
        { name: 'list', outcome: 'ok', milliseconds: 4 },
        { ...refused, name: 'access' },
      ]),
    ).toMatchObject({
      outcome: 'ok',
      because: 'Access list: 403 no',
      latencyMs: 9,
    });
  });
});
