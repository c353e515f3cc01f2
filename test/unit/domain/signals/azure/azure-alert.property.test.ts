// Whatever JSON arrives at a door for Azure: signals that fit, or InvalidInput. Nothing else, ever, and in no time worth mentioning (A2, A4).
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../../../../shared/domain/errors.ts';
import { hashOf, signalIdOf } from '../../../../../shared/domain/ids.ts';
import { parseAzureAlert } from '../../../../../shared/domain/signals/azure/parse-azure-alert.ts';
import { plainText } from '../../../../../shared/domain/signals/azure/plain-text.ts';
import { signalSchema } from '../../../../../shared/domain/signals/signal.ts';
import { azureCorpus } from '../../../../builders/azure-corpus.ts';

const RUNS = 3_000;
/** Less than Service Bus Standard takes with its properties, and what a row of a table holds (facts/azure.md 6). */
const SIGNAL_BYTES = 200_000;

const folder = join(import.meta.dirname, '../../../../fixtures/payloads/azure');
const recorded = readdirSync(folder).map((file): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8')));
const known = [...recorded, ...azureCorpus.map(({ body }) => body)];

const context = { id: signalIdOf(hashOf('a')), receivedAt: '2026-11-20T08:00:00.000Z', correlationId: 'c' };

function expectSignalsOrInvalidInput(body: unknown): void {
  let parsed: ReturnType<typeof parseAzureAlert>;
  try {
    parsed = parseAzureAlert(body, context);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInput);
    return;
  }
  expect(parsed.length).toBeGreaterThan(0);
  for (const { signal } of parsed) {
    const sent: unknown = JSON.parse(JSON.stringify(signal));
    const read = signalSchema.safeParse(sent);
    expect(read.error?.issues).toBeUndefined();
    expect(Buffer.byteLength(JSON.stringify(signal))).toBeLessThan(SIGNAL_BYTES);
    expect(JSON.stringify(signal).isWellFormed()).toBe(true);
  }
}

const hostile = fc.oneof(
  fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }),
  fc.constantFrom<unknown>(
    null,
    '',
    0,
    -1,
    1e308,
    true,
    [],
    {},
    [[]],
    [null],
    '__proto__',
    '\ud800',
    '{"a":',
    '[{"x":1}]',
    '0001-01-01T00:00:00',
  ),
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.integer({ min: 1, max: 30_000 }).map((length) => '<a'.repeat(length)),
  fc.date({ noInvalidDate: false }).map((date) => String(date)),
);

interface Change {
  readonly at: number;
  readonly how: 'drop' | 'replace' | 'list' | 'nest' | 'text' | 'number' | 'twice';
  readonly by: unknown;
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat({ max: 200 }),
  how: fc.constantFrom('drop', 'replace', 'list', 'nest', 'text', 'number', 'twice'),
  by: hostile,
});

/** The member of that number, counted through the whole body, becomes something else. */
function changed(body: unknown, { at, how, by }: Change): unknown {
  let left = at % Math.max(1, countOf(body));
  const walk = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
      left -= 1;
      if (left !== -1) return [[name, walk(member)]];
      return how === 'drop' ? [] : [[name, reworked(member, how, by)]];
    });
    return Array.isArray(value) ? entries.map(([, member]) => member) : Object.fromEntries(entries);
  };
  return walk(body);
}

function reworked(member: unknown, how: Change['how'], by: unknown): unknown {
  switch (how) {
    case 'list':
      return [member, by];
    case 'nest':
      return { data: member, value: by };
    case 'text':
      return typeof member === 'string' ? `${member}${member}` : JSON.stringify(member);
    case 'number':
      return Number(member);
    case 'twice':
      return [member, member];
    default:
      return by;
  }
}

function countOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce<number>((sum, member) => sum + 1 + countOf(member), 0);
}

describe('a body at a door for Azure', () => {
  it('A4: any JSON ends in signals that fit or in InvalidInput', () => {
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' }), expectSignalsOrInvalidInput), {
      numRuns: RUNS,
    });
  });

  it('A4: so do known bodies with members dropped, retyped, nulled, nested, doubled', () => {
    const property = fc.property(
      fc.constantFrom(...known),
      fc.array(change, { minLength: 1, maxLength: 6 }),
      (body, changes) => expectSignalsOrInvalidInput(changes.reduce(changed, body)),
    );
    fc.assert(property, { numRuns: RUNS });
  });

  it('C8: a Service Health test stays one, whatever becomes of the members that do not mark it', () => {
    const texts = azureCorpus.filter(
      ({ ends, body }) =>
        'recorded' in ends && ends.recorded === 'is-a-test' && JSON.stringify(body).includes('ServiceHealth'),
    );
    expect(texts.length).toBeGreaterThan(5);
    const cosmetic = fc.constantFrom(
      'description',
      'alertRule',
      'severity',
      'firedDateTime',
      'communication',
      'level',
      'monitorCondition',
    );
    const property = fc.property(fc.constantFrom(...texts), cosmetic, hostile, ({ body }, name, by) => {
      const [parsed] = parseAzureAlert(withMember(body, name, by), context);
      expect(parsed?.signal.kind === 'azure' && parsed.signal.notice.isTest).toBe(true);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it.each([
    ['nothing but openings of tags', '<a'.repeat(120_000)],
    ['nothing but openings of scripts', '<script>'.repeat(30_000)],
    ['nothing but ampersands', '&'.repeat(250_000)],
    ['nothing but comments', '<!--'.repeat(60_000)],
    ['nothing but spaces and lines', ' \n'.repeat(120_000)],
  ])('A4: a text of %s takes time in proportion', (_what, html) => {
    const times = [html.slice(0, 15_000), html.slice(0, 60_000)].map((text) => {
      const started = performance.now();
      for (let round = 0; round < 5; round += 1) plainText(text);
      return performance.now() - started;
    });
    // Four times as much: a square would be sixteen times as long; the bound is wide, for a machine that does other things too.
    expect(times[1]).toBeLessThan(40 + 60 * (times[0] ?? 0));
    expect(plainText(html).length).toBeLessThan(70_000);
  });
});

function withMember(value: unknown, name: string, by: unknown): unknown {
  if (Array.isArray(value)) return value.map((member) => withMember(member, name, by));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, key === name ? by : withMember(member, name, by)]),
  );
}
