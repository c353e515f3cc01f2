// Matches request paths against route templates with ASP.NET's rules and precedence: literal before parameter before
// catch-all, constrained before unconstrained, case ignored, a trailing slash ignored, empty segments never a value.
import { type Parameter, parseRoute, type Segment } from './parse-route.ts';

export type RouteValues = Record<string, string>;

/** RoutePrecedence.ComputeInbound: one digit per segment, smaller is tried first. */
const DIGIT = { literal: 1, constrained: 2, complex: 2, parameter: 3, constrainedCatchAll: 4, catchAll: 5 } as const;

export class RouteTemplate {
  readonly text: string;
  readonly precedence: string;
  readonly parameters: readonly Parameter[];
  readonly #segments: readonly Matcher[];

  constructor(text: string) {
    const segments = parseRoute(text);
    this.text = text;
    this.precedence = segments.map(digitOf).join('');
    this.parameters = segments.flat().flatMap((part) => ('parameter' in part ? [part.parameter] : []));
    this.#segments = segments.map(matcherOf);
  }

  /** The values of the parameters, or undefined where the path does not match. `path` is decoded and starts with a slash. */
  match(path: string): RouteValues | undefined {
    const found: [string, string][] = [];
    const parts = splitPath(path);
    for (const [index, segment] of this.#segments.entries()) {
      const rest = parts.slice(index);
      const values = segment.isCatchAll ? segment.match(rest.join('/')) : segment.match(rest[0]);
      if (!values) return undefined;
      found.push(...values);
      if (segment.isCatchAll) return Object.fromEntries(found);
    }
    return parts.length > this.#segments.length ? undefined : Object.fromEntries(found);
  }
}

function splitPath(path: string): string[] {
  const trimmed = path.replace(/^\//, '').replace(/\/$/, '');
  return trimmed === '' ? [] : trimmed.split('/');
}

function digitOf(segment: Segment): number {
  const [first] = segment;
  if (segment.length > 1) return DIGIT.complex;
  if (!first || 'literal' in first) return DIGIT.literal;
  const { isCatchAll, constraints } = first.parameter;
  if (isCatchAll) return constraints.length > 0 ? DIGIT.constrainedCatchAll : DIGIT.catchAll;
  return constraints.length > 0 ? DIGIT.constrained : DIGIT.parameter;
}

interface Matcher {
  readonly isCatchAll: boolean;
  match(value: string | undefined): [string, string][] | undefined;
}

function matcherOf(segment: Segment): Matcher {
  const [first] = segment;
  if (segment.length > 1) return complexMatcher(segment);
  if (first && 'parameter' in first) return parameterMatcher(first.parameter);
  const literal = (first?.literal ?? '').toLowerCase();
  return { isCatchAll: false, match: (value) => (value?.toLowerCase() === literal ? [] : undefined) };
}

function parameterMatcher(parameter: Parameter): Matcher {
  return {
    isCatchAll: parameter.isCatchAll,
    match(value) {
      const given = value === undefined || value === '' ? parameter.defaultValue : value;
      if (given !== undefined) return checkedValue(parameter, given);
      const mayLack = parameter.isOptional || parameter.isCatchAll;
      // `a//b` has an empty segment, which no parameter takes; a segment that is not there is another matter.
      return mayLack && (value === undefined || parameter.isCatchAll) ? [] : undefined;
    },
  };
}

function checkedValue(parameter: Parameter, value: string): [string, string][] | undefined {
  return parameter.constraints.every((holds) => holds(value)) ? [[parameter.name, value]] : undefined;
}

/** `{name}.{ext?}`, `v{major}-{minor}`: each parameter takes at least a character, the first ones as many as they can. */
function complexMatcher(segment: Segment): Matcher {
  const last = segment.at(-1);
  const mayLack = last && 'parameter' in last && last.parameter.isOptional;
  const full = expressionOf(segment);
  const short = mayLack ? expressionOf(segment.slice(0, -2)) : undefined;
  const parameters = segment.flatMap((part) => ('parameter' in part ? [part.parameter] : []));
  return {
    isCatchAll: false,
    match(value) {
      const match = value === undefined ? null : (full.exec(value) ?? short?.exec(value) ?? null);
      return match ? valuesOf(parameters, match.slice(1)) : undefined;
    },
  };
}

function expressionOf(segment: Segment): RegExp {
  const source = segment.map((part) => ('literal' in part ? escapeLiteral(part.literal) : '(.+)')).join('');
  return new RegExp(`^${source}$`, 'i');
}

function escapeLiteral(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function valuesOf(parameters: readonly Parameter[], captured: readonly string[]): [string, string][] | undefined {
  const values: [string, string][] = [];
  for (const [index, value] of captured.entries()) {
    const parameter = parameters[index];
    const found = parameter && checkedValue(parameter, value);
    if (!found) return undefined;
    values.push(...found);
  }
  return values;
}
