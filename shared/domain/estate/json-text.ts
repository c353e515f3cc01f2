// Where and why a text is not JSON, or names a member twice. JSON.parse tells neither a line for every fault nor duplicate members.

export interface TextFault {
  readonly line: number;
  readonly column: number;
  readonly detail: string;
}

/** A file written by people is never deeper; the bound keeps the recursion small. */
const DEPTH_LIMIT = 100;

const SPACE = /[ \t\n\r]*/y;
const LITERAL = /true|false|null/y;
const NUMBER = /-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;

class Stop extends Error {
  readonly at: number;
  constructor(at: number, detail: string) {
    super(detail);
    this.at = at;
  }
}

/** The first fault of the text, or undefined when it is JSON whose members are named once each. */
export function findTextFault(text: string): TextFault | undefined {
  try {
    const end = skipSpace(text, readValue(text, skipSpace(text, 0), 0));
    if (end < text.length) throw new Stop(end, 'nothing may follow the end of the JSON');
    return undefined;
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    const before = text.slice(0, error.at);
    return {
      line: before.split('\n').length,
      column: error.at - before.lastIndexOf('\n'),
      detail: error.at >= text.length ? 'the file ends too early' : error.message,
    };
  }
}

/** Reads the value that begins at `at` and returns where it ends. */
function readValue(text: string, at: number, depth: number): number {
  if (depth > DEPTH_LIMIT) throw new Stop(at, `is nested more than ${DEPTH_LIMIT} levels deep`);
  if (text[at] === '{') return readObject(text, at, depth);
  if (text[at] === '[') return readArray(text, at, depth);
  const end = match(STRING, text, at) ?? match(LITERAL, text, at) ?? match(NUMBER, text, at);
  if (end === undefined) throw new Stop(at, text[at] === '"' ? brokenString(text, at) : 'a value is expected here');
  return end;
}

function readObject(text: string, start: number, depth: number): number {
  const names = new Set<string>();
  let at = skipSpace(text, start + 1);
  if (text[at] === '}') return at + 1;
  for (;;) {
    at = readMember(text, at, depth, names);
    if (text[at] === '}') return at + 1;
    if (text[at] !== ',') throw new Stop(at, 'a comma or } is expected here');
    at = skipSpace(text, at + 1);
  }
}

function readMember(text: string, start: number, depth: number, names: Set<string>): number {
  const end = match(STRING, text, start);
  if (end === undefined) throw new Stop(start, 'a member name in double quotes is expected here');
  const name: unknown = JSON.parse(text.slice(start, end));
  if (names.has(String(name))) throw new Stop(start, `the member ${text.slice(start, end)} is there twice`);
  names.add(String(name));
  const colon = skipSpace(text, end);
  if (text[colon] !== ':') throw new Stop(colon, 'a colon is expected here');
  return skipSpace(text, readValue(text, skipSpace(text, colon + 1), depth + 1));
}

function readArray(text: string, start: number, depth: number): number {
  let at = skipSpace(text, start + 1);
  if (text[at] === ']') return at + 1;
  for (;;) {
    at = skipSpace(text, readValue(text, at, depth + 1));
    if (text[at] === ']') return at + 1;
    if (text[at] !== ',') throw new Stop(at, 'a comma or ] is expected here');
    at = skipSpace(text, at + 1);
  }
}

function brokenString(text: string, at: number): string {
  const line = text.slice(at, text.indexOf('\n', at) < 0 ? undefined : text.indexOf('\n', at));
  return line.slice(1).includes('"')
    ? 'this text has a character that must be escaped'
    : 'this text has no closing quote';
}

function skipSpace(text: string, at: number): number {
  return match(SPACE, text, at) ?? at;
}

function match(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
