// Inline constraints of ASP.NET route templates: `{id:int}`, `{name:alpha:minlength(2)}`. An unknown one is a fault of the route.

export type Constraint = (value: string) => boolean;

const INT32 = { least: -(2n ** 31n), most: 2n ** 31n - 1n };
const INT64 = { least: -(2n ** 63n), most: 2n ** 63n - 1n };
const GUID =
  /^(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|\{[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}|[0-9a-f]{32})$/i;
const NUMBER = /^\s*[+-]?(?:\d+(?:,\d{3})*\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i;

const SIMPLE: Record<string, Constraint> = {
  int: (value) => isWhole(value, INT32),
  long: (value) => isWhole(value, INT64),
  bool: (value) => /^(?:true|false)$/i.test(value.trim()),
  guid: (value) => GUID.test(value),
  alpha: (value) => /^[a-z]*$/i.test(value),
  decimal: (value) => NUMBER.test(value) && !/e/i.test(value),
  double: (value) => NUMBER.test(value),
  float: (value) => NUMBER.test(value),
  datetime: (value) => /\d/.test(value) && !Number.isNaN(Date.parse(value)),
  required: (value) => value !== '',
};

const WITH_ARGUMENTS: Record<string, (...args: number[]) => Constraint> = {
  minlength:
    (least = 0) =>
    (value) =>
      value.length >= least,
  maxlength:
    (most = 0) =>
    (value) =>
      value.length <= most,
  length:
    (least = 0, most = least) =>
    (value) =>
      value.length >= least && value.length <= most,
  min:
    (least = 0) =>
    (value) =>
      isWhole(value, INT64) && Number(value) >= least,
  max:
    (most = 0) =>
    (value) =>
      isWhole(value, INT64) && Number(value) <= most,
  range:
    (least = 0, most = 0) =>
    (value) =>
      isWhole(value, INT64) && Number(value) >= least && Number(value) <= most,
};

/** `text` is what stands between two colons, e.g. `int` or `length(2,5)`. */
export function parseConstraint(text: string): Constraint {
  const [, name = '', , args] = /^(\w+)(\((.*)\))?$/s.exec(text) ?? [];
  const key = name.toLowerCase();
  const simple = Object.hasOwn(SIMPLE, key) ? SIMPLE[key] : undefined;
  if (simple && args === undefined) return simple;
  if (key === 'regex' && args !== undefined) return regexConstraint(args);
  const make = Object.hasOwn(WITH_ARGUMENTS, key) ? WITH_ARGUMENTS[key] : undefined;
  if (!make || args === undefined) throw new Error(`the route constraint '${text}' is unknown`);
  return make(...args.split(',').map((argument) => wholeArgument(argument, text)));
}

/** RegexRouteConstraint: case is ignored and nothing is anchored. */
function regexConstraint(pattern: string): Constraint {
  const expression = new RegExp(pattern, 'i');
  return (value) => expression.test(value);
}

function isWhole(value: string, { least, most }: { least: bigint; most: bigint }): boolean {
  if (!/^\s*[+-]?\d+\s*$/.test(value)) return false;
  const number = BigInt(value.trim().replace('+', ''));
  return number >= least && number <= most;
}

function wholeArgument(text: string, constraint: string): number {
  const number = Number(text.trim());
  if (text.trim() === '' || !Number.isInteger(number))
    throw new Error(`the route constraint '${constraint}' needs whole numbers`);
  return number;
}
