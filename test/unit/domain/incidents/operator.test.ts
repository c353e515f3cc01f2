// The bodies of orders: text is cleaned, and what is wrong is named.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBy } from '../../../../shared/domain/faults.ts';
import {
  assignmentSchema,
  commentSchema,
  maybeReasonedSchema,
  reasonedSchema,
  splitSchema,
} from '../../../../shared/domain/incidents/operator.ts';

describe('the body of an order', () => {
  it('D4: a reason is needed where something ends, and is named when it is missing, empty or too long', () => {
    for (const [body, detail] of [
      [{}, 'is missing'],
      [{ reason: '' }, 'must not be empty'],
      [{ reason: ' \u0000 ' }, 'must not be empty'],
      [{ reason: 'x'.repeat(1001) }, 'must have at most 1000 characters'],
      [{ reason: 3 }, 'must be text'],
    ] as const) {
      expect(readBy(reasonedSchema, body), JSON.stringify(body)).toEqual({
        ok: false,
        faults: [{ pointer: '/reason', detail }],
      });
    }
    expect(readBy(maybeReasonedSchema, {})).toEqual({ ok: true, value: {} });
  });

  it('D4: what is not known is refused, so that a misspelled reason is noticed', () => {
    expect(readBy(maybeReasonedSchema, { raeson: 'x' })).toMatchObject({ ok: false, faults: [{ pointer: '/raeson' }] });
  });

  it('D4: an assignment names somebody, a split names a signal', () => {
    expect(readBy(assignmentSchema, { to: ' carla ' })).toEqual({ ok: true, value: { to: 'carla' } });
    expect(readBy(assignmentSchema, { to: '' })).toMatchObject({ ok: false, faults: [{ pointer: '/to' }] });
    expect(readBy(splitSchema, { signalId: '../x', reason: 'x' })).toMatchObject({
      ok: false,
      faults: [{ pointer: '/signalId', detail: 'must be the id of a signal' }],
    });
  });

  it('A4: any text becomes one that every store and channel takes, with its line breaks', () => {
    expect(readBy(commentSchema, { text: ' a\u0000b\n\tc\ud800 ' })).toEqual({ ok: true, value: { text: 'a b\n\tc' } });
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 50 }), (text) => {
        const read = readBy(commentSchema, { text });
        if (!read.ok) return;
        expect(read.value.text.isWellFormed()).toBe(true);
        expect(read.value.text).not.toMatch(/[^\P{Cc}\n\t]/u);
      }),
    );
  });
});
