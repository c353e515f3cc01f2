// The broker's log: what a kill leaves in it, what is read back, and that it comes to the queues as they were.
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { holdFolder } from '../../local/durable/folder-lock.ts';
import { openKeptMap } from '../../local/durable/kept-map.ts';
import { BrokenLog, encodeRecord, openRecordLog } from '../../local/durable/record-log.ts';

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'log-'));
  file = join(dir, 'deep/down.log');
});
afterEach(() => rmSync(dir, { recursive: true }));

function written(...records: unknown[]): void {
  const { log } = openRecordLog(file);
  for (const record of records) log.append(record);
  log.close();
}

function readBack(): unknown[] {
  const { log, records } = openRecordLog(file);
  log.close();
  return records;
}

describe('L3: a log of records', () => {
  test('L3: what was appended is read back in order, whatever it holds, over any number of openings', () => {
    const records = [{ a: 1 }, ['\n', 'ä€😀', null], 'x'.repeat(300_000), 0];
    written(...records.slice(0, 2));
    written(...records.slice(2));
    expect(readBack()).toEqual(records);
  });

  test('L3: a record is on its way to the disk when append returns: another process reads it at once', () => {
    const { log } = openRecordLog(file);
    log.append({ a: 1 });
    expect(readFileSync(file)).toEqual(encodeRecord({ a: 1 }));
    expect(log.bytes).toBe(statSync(file).size);
    log.close();
  });

  test('L3: wherever the last record is torn, it is cut off, and what follows is read', () => {
    written({ n: 1 }, { n: 2 });
    const whole = readFileSync(file);
    const first = encodeRecord({ n: 1 }).length;
    for (let end = first; end < whole.length; end++) {
      writeFileSync(file, whole.subarray(0, end));
      expect(readBack()).toEqual([{ n: 1 }]);
      written({ n: 3 });
      expect(readBack()).toEqual([{ n: 1 }, { n: 3 }]);
    }
  });

  test('L3: a last record with any wrong byte is cut off by its checksum', () => {
    written({ n: 1 }, { n: 'two' });
    const whole = readFileSync(file);
    for (let at = encodeRecord({ n: 1 }).length; at < whole.length; at++) {
      const spoilt = Buffer.from(whole);
      spoilt[at] = (spoilt[at] ?? 0) ^ 1;
      writeFileSync(file, spoilt);
      expect(readBack()).toEqual([{ n: 1 }]);
    }
  });

  test('L4: damage in the middle is refused in words that say where, since whole records behind it would be lost', () => {
    written({ n: 1 }, { n: 2 }, { n: 3 });
    const spoilt = readFileSync(file);
    const at = encodeRecord({ n: 1 }).length;
    spoilt[at + 12] = 0;
    writeFileSync(file, spoilt);
    expect(() => readBack()).toThrow(BrokenLog);
    expect(() => readBack()).toThrow(`${file} is damaged at byte ${at}`);
    // And the way out that it names works.
    truncateSync(file, at);
    expect(readBack()).toEqual([{ n: 1 }]);
  });

  test('L3: rewritten, it holds the new records and takes more; a rewriting that was killed never happened', () => {
    const { log } = openRecordLog(file);
    for (let n = 0; n < 100; n++) log.append({ n });
    log.rewrite([{ all: 'of it' }]);
    expect(log.bytes).toBe(statSync(file).size);
    log.append({ n: 100 });
    log.close();
    writeFileSync(`${file}.new`, 'half of a rewriting');
    expect(readBack()).toEqual([{ all: 'of it' }, { n: 100 }]);
    expect(existsSync(`${file}.new`)).toBe(false);
  });

  test('L3: a file of rubbish without one whole record is an empty log', () => {
    written();
    appendFileSync(file, 'rubbish\nmore\n');
    expect(readBack()).toEqual([]);
  });

  test('L4: after a write that failed nothing more is appended, since half a record may stand there', () => {
    const { log } = openRecordLog(file);
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    // Refused before anything is written: no harm done.
    expect(() => log.append(circle)).toThrow('circular');
    log.append({ n: 1 });
    log.close();
    expect(() => log.append({ n: 2 })).toThrow();
    expect(() => log.append({ n: 3 })).toThrow(BrokenLog);
    expect(readBack()).toEqual([{ n: 1 }]);
  });
});

describe('L3: values by name, for the simulators', () => {
  test('L3: set, deleted and set anew, they are there again, in their order, without a graceful end', () => {
    const map = openKeptMap(file);
    for (const name of ['call/1', 'call/2', 'other', 'call/3']) map.set(name, { name });
    map.flush();
    map.delete('call/2');
    map.set('call/1', { changed: true });
    map.flush();
    map.set('never/flushed', 1);
    const again = openKeptMap(file);
    expect(again.under('call/')).toEqual([
      ['1', { changed: true }],
      ['3', { name: 'call/3' }],
    ]);
    expect(again.under('never')).toEqual([]);
    map.close();
    again.close();
  });

  test('L3: the file does not grow beyond a multiple of what it holds', () => {
    const map = openKeptMap(file, 1_000);
    for (let n = 0; n < 1_000; n++) {
      map.set(`name ${n % 3}`, { n });
      map.flush();
    }
    expect(statSync(file).size).toBeLessThan(2_000);
    map.close();
    expect(openKeptMap(file).under('name ')).toHaveLength(3);
  });
});

describe('L3: one process in a folder', () => {
  test('L3: the second waits until the first lets go', async () => {
    const letGo = await holdFolder(dir);
    let isHeld = false;
    const second = holdFolder(dir).then((release) => {
      isHeld = true;
      return release;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isHeld).toBe(false);
    letGo();
    (await second)();
    expect(isHeld).toBe(true);
  });

  test('L4: or is told who has it', async () => {
    const letGo = await holdFolder(dir);
    await expect(holdFolder(dir, 0)).rejects.toThrow(`in use by process ${process.pid}`);
    letGo();
  });

  test.each([
    ['a process that is gone', '999999999 1'],
    ['a pid that somebody else has by now', `${process.pid} 1`],
    ['a file that was never finished', ''],
  ])('L3: %s holds nothing', async (_rule, content) => {
    writeFileSync(join(dir, 'held-by'), content);
    const letGo = await holdFolder(dir, 0);
    letGo();
  });
});
