// Reads an ASP.NET route template into segments: literals, `{x}`, `{x?}`, `{x=def}`, `{*rest}`, `{x:int}`, `{a}-{b}`, `{{` and `}}`.
// What ASP.NET refuses is refused with its reason, which fails the function's indexing.
import { type Constraint, parseConstraint } from './route-constraints.ts';

export interface Parameter {
  readonly name: string;
  readonly isOptional: boolean;
  readonly isCatchAll: boolean;
  readonly defaultValue: string | undefined;
  readonly constraints: readonly Constraint[];
}

export type Part = { readonly literal: string } | { readonly parameter: Parameter };
export type Segment = readonly Part[];

export function parseRoute(route: string): Segment[] {
  if (route.startsWith('/') || route.startsWith('~'))
    throw new Error(`the route '${route}' must not start with '/' or '~'`);
  if (route === '') return [];
  const segments = splitSegments(route).map((segment) => parseSegment(segment, route));
  checkNames(segments, route);
  for (const [index, segment] of segments.entries()) checkSegment(segment, index === segments.length - 1, route);
  return segments;
}

/** Slashes inside braces, e.g. in a regex constraint, do not separate. */
function splitSegments(route: string): string[] {
  const segments = [''];
  let depth = 0;
  for (const character of route) {
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
    if (character === '/' && depth <= 0) segments.push('');
    else segments[segments.length - 1] += character;
  }
  if (segments.at(-1) === '') segments.pop();
  if (segments.includes('')) throw new Error(`the route '${route}' has two slashes in a row`);
  return segments;
}

const TOKEN = /\{\{|\}\}|\{((?:[^{}]|\{\{|\}\})+)\}|[{}]|[^{}]+/g;

function parseSegment(text: string, route: string): Segment {
  const parts: Part[] = [];
  for (const [token, inner] of text.matchAll(TOKEN)) {
    if (inner !== undefined) parts.push({ parameter: parseParameter(unescapeBraces(inner), route) });
    else addLiteral(parts, token, route);
  }
  return parts;
}

function addLiteral(parts: Part[], token: string, route: string): void {
  if (token === '{' || token === '}') throw new Error(`the route '${route}' has an unmatched brace`);
  const literal = unescapeBraces(token);
  if (literal.includes('?')) throw new Error(`the route '${route}' has a '?' outside a parameter`);
  const last = parts.at(-1);
  if (last && 'literal' in last) parts[parts.length - 1] = { literal: last.literal + literal };
  else parts.push({ literal });
}

function unescapeBraces(text: string): string {
  return text.replaceAll('{{', '{').replaceAll('}}', '}');
}

const PARAMETER = /^(\*{0,2})([^:=?*/{}]+)((?::(?:[^:=(]+(?:\((?:[^()]|\([^()]*\))*\))?))*?)(?:=(.*))?(\?)?$/s;
const CONSTRAINT = /:([^:(]+(?:\((?:[^()]|\([^()]*\))*\))?)/gs;

function parseParameter(text: string, route: string): Parameter {
  const optional = text.endsWith('?');
  const match = PARAMETER.exec(optional ? text.slice(0, -1) : text);
  if (!match) throw new Error(`the route '${route}' has an invalid parameter '{${text}}'`);
  const [, stars = '', name = '', constraints = '', defaultValue] = match;
  if (optional && defaultValue !== undefined)
    throw new Error(`the route '${route}': '${name}' is optional and has a default`);
  if (optional && stars !== '') throw new Error(`the route '${route}': a catch-all parameter cannot be optional`);
  return {
    name: name.trim(),
    isOptional: optional,
    isCatchAll: stars !== '',
    defaultValue,
    constraints: [...constraints.matchAll(CONSTRAINT)].map(([, constraint = '']) => parseConstraint(constraint)),
  };
}

function checkNames(segments: readonly Segment[], route: string): void {
  const names = segments.flat().flatMap((part) => ('parameter' in part ? [part.parameter.name.toLowerCase()] : []));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new Error(`the route '${route}' has the parameter '${twice}' twice`);
}

function checkSegment(segment: Segment, isLast: boolean, route: string): void {
  for (const [index, part] of segment.entries()) {
    if (!('parameter' in part)) continue;
    const before = segment[index - 1];
    const { isCatchAll, isOptional } = part.parameter;
    if (before && 'parameter' in before)
      throw new Error(`the route '${route}' has two parameters without text between them`);
    if (isCatchAll && (!isLast || segment.length > 1))
      throw new Error(`the route '${route}': a catch-all must be the last segment`);
    if (isOptional && !isOptionalAllowed(segment, index)) {
      throw new Error(`the route '${route}': an optional parameter must end its segment, after nothing or a '.'`);
    }
  }
}

function isOptionalAllowed(segment: Segment, index: number): boolean {
  const before = segment[index - 1];
  return index === segment.length - 1 && (!before || ('literal' in before && before.literal === '.'));
}
