// The request target as Kestrel reads it: the path is percent-decoded once, but for %2F, and dot segments are removed
// before any route sees it; the query stays as it came.

export interface Target {
  /** Decoded, for routing and route values. */
  readonly path: string;
  /** Encoded again, as PathString writes it, for the URL that the app sees. */
  readonly encodedPath: string;
  /** With its question mark, or empty. */
  readonly query: string;
}

/** undefined = Kestrel answers 400. */
export function parseTarget(url: string): Target | undefined {
  const raw = url.startsWith('/') ? url : absolutePath(url);
  if (raw === undefined) return undefined;
  const mark = raw.indexOf('?');
  const rawPath = mark < 0 ? raw : raw.slice(0, mark);
  const query = mark < 0 ? '' : raw.slice(mark);
  if (!/[%]|\/\./.test(rawPath)) return { path: rawPath, encodedPath: encodePath(rawPath), query };
  const decoded = decodePath(rawPath);
  if (decoded.includes('\0')) return undefined;
  const path = removeDotSegments(decoded);
  return { path, encodedPath: encodePath(path), query };
}

function absolutePath(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/** Runs of escapes that are no UTF-8 stay as they are. */
function decodePath(path: string): string {
  return path.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) =>
    escapes
      .split(/(%2f)/i)
      .map((run) => (/^%2f$/i.test(run) ? run : decodeRun(run)))
      .join(''),
  );
}

function decodeRun(run: string): string {
  try {
    return decodeURIComponent(run);
  } catch {
    return run;
  }
}

function removeDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/');
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    if (segment === '..' && kept.length > 1) kept.pop();
    if (segment !== '.' && segment !== '..') kept.push(segment);
    else if (isLast) kept.push('');
  }
  return kept.join('/') || '/';
}

const KEPT = /%[0-9a-f]{2}|[A-Za-z0-9\-._~!$&'()*+,;=:@/]/i;

function encodePath(path: string): string {
  if (/^[A-Za-z0-9\-._~!$&'()*+,;=:@/]*$/.test(path)) return path;
  return path.replace(/%[0-9a-f]{2}|[\s\S]/giu, (part) => (KEPT.test(part) ? part : encodeCharacter(part)));
}

function encodeCharacter(character: string): string {
  return Buffer.from(character, 'utf8').reduce(
    (text, byte) => `${text}%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    '',
  );
}

/** Repeated keys are joined by commas, under the first spelling: IQueryCollection ignores case. */
export function parseQuery(query: string): Map<string, string> {
  return joinRepeated(new URLSearchParams(query));
}

export function joinRepeated(pairs: Iterable<readonly [string, string]>): Map<string, string> {
  const spelling = new Map<string, string>();
  const joined = new Map<string, string>();
  for (const [key, value] of pairs) {
    const folded = key.toLowerCase();
    const known = spelling.get(folded);
    if (known === undefined) spelling.set(folded, key);
    const before = known === undefined ? undefined : joined.get(known);
    joined.set(known ?? key, before === undefined ? value : `${before},${value}`);
  }
  return joined;
}
