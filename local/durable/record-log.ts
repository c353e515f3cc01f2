// A file of records that is only ever appended to: one line each, a checksum and JSON. A record is whole or, if it was being
// written when the process was killed, cut off at the next opening. Broker, storage account and simulators keep their state by it.
import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';

/**
 * Every record is handed to the operating system before its writer goes on: it survives `kill -9` of this process, of all
 * processes. The disk is asked to have it only this often, since each asking costs milliseconds: a power loss, or a crash
 * of the machine, may take what was accepted within this time. A laptop cloud is not where that matters.
 */
const FSYNC_EVERY_MS = 1_000;
const OWNER_ONLY = 0o600;
const CHECKSUM_DIGITS = 8;
const SPACE = 0x20;
const NEWLINE = 0x0a;
/** Writing to a descriptor of a closed file could hit whatever file got its number since. */
const CLOSED = -1;

/** The file holds something that neither a kill nor a torn write explains: going on would lose what was accepted. */
export class BrokenLog extends Error {}

export interface RecordLog {
  readonly bytes: number;
  append(record: unknown): void;
  /** Replaces all records in one step: a reader finds either the old ones or these. */
  rewrite(records: Iterable<unknown>): void;
  close(): void;
}

export interface OpenedLog {
  readonly log: RecordLog;
  /** What the file held, in order. */
  readonly records: unknown[];
}

/** Creates the file, and its folder, if there is none. Throws `BrokenLog` with words for a person. */
export function openRecordLog(file: string): OpenedLog {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // Of a rewriting that was killed before it counted.
  rmSync(`${file}.new`, { force: true });
  const bytes = readIfThere(file);
  const { records, end } = readRecords(bytes, file);
  const fd = openSync(file, 'a', OWNER_ONLY);
  if (end < bytes.length) ftruncateSync(fd, end);
  return { log: new FileLog(file, fd, end), records };
}

export function encodeRecord(record: unknown): Buffer {
  const json = JSON.stringify(record);
  return Buffer.from(`${checksumOf(Buffer.from(json))} ${json}\n`);
}

class FileLog implements RecordLog {
  readonly #file: string;
  #fd: number;
  #bytes: number;
  #isTorn = false;
  #sync: NodeJS.Timeout | undefined;

  constructor(file: string, fd: number, bytes: number) {
    this.#file = file;
    this.#fd = fd;
    this.#bytes = bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  append(record: unknown): void {
    // A write that failed half-way (a full disk) leaves half a record; one behind it would read as a broken file.
    if (this.#isTorn) throw new BrokenLog(`${this.#file} could not be written to before`);
    const line = encodeRecord(record);
    this.#isTorn = true;
    writeWhole(this.#fd, line);
    this.#isTorn = false;
    this.#bytes += line.length;
    this.#sync ??= setTimeout(() => this.#askDisk(), FSYNC_EVERY_MS).unref();
  }

  rewrite(records: Iterable<unknown>): void {
    const next = `${this.#file}.new`;
    const fd = openSync(next, 'w', OWNER_ONLY);
    let bytes = 0;
    for (const record of records) {
      const line = encodeRecord(record);
      writeWhole(fd, line);
      bytes += line.length;
    }
    fsyncSync(fd);
    closeSync(fd);
    renameSync(next, this.#file);
    syncFolder(dirname(this.#file));
    closeSync(this.#fd);
    this.#fd = openSync(this.#file, 'a', OWNER_ONLY);
    this.#bytes = bytes;
  }

  close(): void {
    clearTimeout(this.#sync);
    fdatasyncSync(this.#fd);
    closeSync(this.#fd);
    this.#fd = CLOSED;
  }

  #askDisk(): void {
    this.#sync = undefined;
    // By a handle of its own: the log may be closed, or another file, before the answer comes.
    open(this.#file)
      .then((handle) => handle.datasync().finally(() => handle.close()))
      .catch((error: unknown) => console.error(`${this.#file}: the disk does not take it:`, error));
  }
}

function readRecords(bytes: Buffer, file: string): { records: unknown[]; end: number } {
  const records: unknown[] = [];
  let end = 0;
  while (end < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, end);
    const line = bytes.subarray(end, newline < 0 ? bytes.length : newline);
    if (newline < 0 || !isWhole(line)) {
      refuseHole(bytes, newline, file, end);
      break;
    }
    records.push(JSON.parse(line.subarray(CHECKSUM_DIGITS + 1).toString()));
    end = newline + 1;
  }
  return { records, end };
}

/** Only the last record can be torn by a kill. With whole ones behind it, something else has been at the file. */
function refuseHole(bytes: Buffer, newline: number, file: string, badAt: number): void {
  for (let at = newline + 1; newline >= 0 && at < bytes.length; ) {
    const next = bytes.indexOf(NEWLINE, at);
    if (next < 0) return;
    if (isWhole(bytes.subarray(at, next)))
      throw new BrokenLog(
        `${file} is damaged at byte ${badAt}, with whole records behind it: a kill cannot do that, a power loss or a disk can. To go on with what stands before, cut it there (truncate -s ${badAt}); to begin anew, delete its folder.`,
      );
    at = next + 1;
  }
}

function isWhole(line: Buffer): boolean {
  const json = line.subarray(CHECKSUM_DIGITS + 1);
  if (json.length === 0 || line[CHECKSUM_DIGITS] !== SPACE) return false;
  return line.subarray(0, CHECKSUM_DIGITS).toString('latin1') === checksumOf(json);
}

function checksumOf(json: Buffer): string {
  return crc32(json).toString(16).padStart(CHECKSUM_DIGITS, '0');
}

function writeWhole(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

function readIfThere(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  fsyncSync(fd);
  closeSync(fd);
}
