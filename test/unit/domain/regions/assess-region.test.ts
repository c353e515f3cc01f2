// What witnesses say together. The table reads: who says what of which fate -> the verdict.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assessRegion } from '../../../../shared/domain/regions/assess-region.ts';
import { testimonyOfComponents } from '../../../../shared/domain/regions/component-failures.ts';
import { CALM_SECONDS, nextRegionState } from '../../../../shared/domain/regions/next-region-state.ts';
import type { RegionState } from '../../../../shared/domain/regions/region-state.ts';
import { sayings, type Testimony, witnessSources } from '../../../../shared/domain/regions/testimony.ts';

const NOW = new Date('2026-11-20T14:00:00.000Z');

type Row = readonly [source: Testimony['source'], says: Testimony['says'], fate?: string];

function testimony([source, says, fate = source]: Row, at = 0): Testimony {
  return {
    region: 'eastus',
    witness: `${source}/${at}`,
    source,
    says,
    fate,
    seenAt: '2026-11-20T13:59:30.000Z',
    validUntil: '2026-11-20T14:03:00.000Z',
    words: `${source} says ${says}.`,
  };
}

const table: readonly (readonly [rule: string, said: readonly Row[], verdict: string])[] = [
  ['nobody says anything', [], 'unknown'],
  ['our probes reach it', [['probes', 'healthy']], 'healthy'],
  ['our probes see nothing', [['probes', 'unknown']], 'unknown'],
  ['our probes alone see an outage', [['probes', 'outage']], 'degraded'],
  ['our probes see it impaired', [['probes', 'degraded']], 'degraded'],
  [
    'one witness cries outage, the rest is fine',
    [
      ['probes', 'healthy'],
      ['status-page', 'outage'],
    ],
    'healthy',
  ],
  [
    'Service Health alone, our probes fine',
    [
      ['probes', 'healthy'],
      ['service-health', 'outage'],
    ],
    'healthy',
  ],
  [
    'one witness alone, our probes blind',
    [
      ['probes', 'unknown'],
      ['service-health', 'outage'],
    ],
    'unknown',
  ],
  [
    'two that share a fate count once',
    [
      ['probes', 'healthy'],
      ['alerts', 'outage', 'azure-monitor'],
      ['service-health', 'outage', 'azure-monitor'],
    ],
    'healthy',
  ],
  [
    'two alerts about Azure Monitor itself',
    [
      ['alerts', 'outage', 'azure-monitor'],
      ['alerts', 'outage', 'azure-monitor'],
    ],
    'unknown',
  ],
  [
    'probes and components',
    [
      ['probes', 'outage'],
      ['components', 'outage'],
    ],
    'outage',
  ],
  [
    'probes, components and Service Health',
    [
      ['probes', 'outage'],
      ['components', 'outage'],
      ['service-health', 'outage'],
    ],
    'outage',
  ],
  [
    'probes and the status page weigh too little',
    [
      ['probes', 'outage'],
      ['status-page', 'outage'],
    ],
    'degraded',
  ],
  [
    'probes, the status page and an alert',
    [
      ['probes', 'outage'],
      ['status-page', 'outage'],
      ['alerts', 'outage'],
    ],
    'outage',
  ],
  [
    'two that our healthy probes contradict',
    [
      ['probes', 'healthy'],
      ['components', 'outage'],
      ['service-health', 'outage'],
    ],
    'degraded',
  ],
  [
    'three strong ones outweigh healthy probes',
    [
      ['probes', 'healthy'],
      ['components', 'outage'],
      ['service-health', 'outage'],
      ['resource-health', 'outage'],
    ],
    'outage',
  ],
  [
    'of two workspaces one answers: the graver counts',
    [
      ['probes', 'healthy', 'workspace/a'],
      ['probes', 'outage', 'workspace/b'],
      ['components', 'outage'],
    ],
    'outage',
  ],
  [
    'two see it impaired',
    [
      ['probes', 'healthy'],
      ['status-page', 'degraded'],
      ['components', 'degraded'],
    ],
    'degraded',
  ],
];

describe('a region, by its witnesses', () => {
  it.each(table)('C5: %s', (_rule, said, verdict) => {
    expect(
      assessRegion(
        said.map((row, at) => testimony(row, at)),
        NOW,
      ).verdict,
    ).toBe(verdict);
  });

  it('C5: what is past its time counts as unknown', () => {
    const old = { ...testimony(['components', 'outage']), validUntil: '2026-11-20T13:59:59.000Z' };
    expect(assessRegion([testimony(['probes', 'outage']), old], NOW)).toMatchObject({ verdict: 'degraded' });
  });

  it('C5: one fate alone never makes an outage, whatever is said, and the order changes nothing', () => {
    const said = fc.array(
      fc.record({
        source: fc.constantFrom(...witnessSources),
        says: fc.constantFrom(...sayings),
        fate: fc.constantFrom('a', 'b', 'c'),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(said, fc.integer(), (rows, seed) => {
        const all = rows.map(({ source, says, fate }, at) => testimony([source, says, fate], at));
        const { verdict, words } = assessRegion(all, NOW);
        const fates = new Set(all.filter(({ says }) => says === 'outage').map(({ fate }) => fate));
        if (fates.size < 2) expect(verdict).not.toBe('outage');
        const shuffled = [...all].sort((a, b) => ((a.witness.length * seed) % 7) - ((b.witness.length * seed) % 5));
        expect(assessRegion(shuffled, NOW)).toMatchObject({ verdict, words });
      }),
    );
  });

  it('C5: every verdict names its evidence', () => {
    const { words, testimonies } = assessRegion(
      [testimony(['probes', 'outage']), testimony(['components', 'outage'])],
      NOW,
    );
    expect(words).toContain('probes says outage');
    expect(words).toContain('components says outage');
    expect(testimonies).toHaveLength(2);
  });
});

describe('a region, from look to look', () => {
  const calmMs = CALM_SECONDS * 1000;
  function looks(verdicts: readonly (readonly [seconds: number, seen: RegionState['verdict']])[]): string[] {
    let state: RegionState | undefined;
    return verdicts.map(([seconds, seen]) => {
      const now = new Date(NOW.getTime() + seconds * 1000);
      state = nextRegionState(state, 'eastus', { verdict: seen, words: '', testimonies: [] }, { now, calmMs });
      return state.verdict;
    });
  }

  it('C5: trouble holds at once and is over only after five minutes without it', () => {
    const seen = looks([
      [0, 'healthy'],
      [60, 'outage'],
      [120, 'healthy'],
      [360, 'healthy'],
      [420, 'healthy'],
      [480, 'healthy'],
    ]);
    expect(seen).toEqual(['healthy', 'outage', 'outage', 'outage', 'healthy', 'healthy']);
  });

  it('C5: a relapse begins the five minutes anew', () => {
    const seen = looks([
      [0, 'outage'],
      [240, 'healthy'],
      [480, 'outage'],
      [540, 'healthy'],
      [800, 'healthy'],
      [840, 'healthy'],
    ]);
    expect(seen).toEqual(['outage', 'outage', 'outage', 'outage', 'outage', 'healthy']);
  });

  it('C5: what has only been better than an outage is not yet well', () => {
    const seen = looks([
      [0, 'outage'],
      [60, 'degraded'],
      [360, 'degraded'],
      [420, 'healthy'],
      [720, 'healthy'],
    ]);
    expect(seen).toEqual(['outage', 'outage', 'degraded', 'degraded', 'healthy']);
  });

  it('C5: better looks of different kinds count together, and seeing nothing is no recovery', () => {
    expect(
      looks([
        [0, 'outage'],
        [60, 'degraded'],
        [300, 'healthy'],
        [360, 'healthy'],
      ]),
    ).toEqual(['outage', 'outage', 'outage', 'healthy']);
    expect(
      looks([
        [0, 'outage'],
        [60, 'unknown'],
        [3600, 'unknown'],
      ]),
    ).toEqual(['outage', 'outage', 'outage']);
    expect(
      looks([
        [0, 'healthy'],
        [60, 'unknown'],
        [120, 'healthy'],
      ]),
    ).toEqual(['healthy', 'unknown', 'healthy']);
  });
});

describe('components as one witness', () => {
  const at = { now: NOW, validUntil: NOW };
  const failed = (...weights: (0 | 1 | 2)[]) => weights.map((weight, n) => ({ subject: `cluster/w/${n}`, weight }));

  it('C5: few failures say nothing, several an impairment, many an outage', () => {
    expect(testimonyOfComponents('eastus', failed(2), at)).toBeUndefined();
    expect(testimonyOfComponents('eastus', failed(1, 1), at)).toBeUndefined();
    expect(testimonyOfComponents('eastus', failed(0, 0, 0, 0, 0, 0), at)).toBeUndefined();
    expect(testimonyOfComponents('eastus', failed(2, 1), at)?.says).toBe('degraded');
    expect(testimonyOfComponents('eastus', failed(2, 2, 2), at)?.says).toBe('outage');
  });

  it('C5: a component that fails again and again is one', () => {
    const again = Array.from({ length: 20 }, () => ({ subject: 'cluster/w/1', weight: 2 as const }));
    expect(testimonyOfComponents('eastus', again, at)).toBeUndefined();
  });
});
