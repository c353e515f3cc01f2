// Small expressions of numbers, strings and names: what the simulated driver can compute, alike in Python, Scala, R and SQL.

export type Value =
  | { readonly type: 'int' | 'float'; readonly value: number }
  | { readonly type: 'string'; readonly value: string };

/** What the language itself would raise. */
export class CodeError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|("[^"]*"|'[^']*')|([A-Za-z_]\w*)|(\*\*|\/\/|[-+*/%()]))/y;

interface Reader {
  peek(): string | undefined;
  next(): string;
}

/** Throws a CodeError for what does not parse or cannot be computed. */
export function evaluate(source: string, variables: ReadonlyMap<string, Value>): Value {
  const reader = read(tokens(source), source);
  const value = sum(reader, variables);
  if (reader.peek() !== undefined) throw syntaxError(source);
  return value;
}

/** As `print` shows it. */
export function text(value: Value): string {
  return value.type === 'float' && Number.isInteger(value.value) ? value.value.toFixed(1) : String(value.value);
}

function tokens(source: string): string[] {
  const found: string[] = [];
  TOKEN.lastIndex = 0;
  while (source.slice(TOKEN.lastIndex).trim() !== '') {
    const match = TOKEN.exec(source);
    if (!match) throw syntaxError(source);
    found.push(match[0].trim());
  }
  return found;
}

function read(all: readonly string[], source: string): Reader {
  let index = 0;
  return {
    peek: () => all[index],
    next() {
      const token = all[index];
      if (token === undefined) throw syntaxError(source);
      index += 1;
      return token;
    },
  };
}

function sum(reader: Reader, variables: ReadonlyMap<string, Value>): Value {
  return chain(reader, variables, ['+', '-'], product);
}

function product(reader: Reader, variables: ReadonlyMap<string, Value>): Value {
  return chain(reader, variables, ['*', '/', '//', '%'], power);
}

type Level = (reader: Reader, variables: ReadonlyMap<string, Value>) => Value;

function chain(reader: Reader, variables: ReadonlyMap<string, Value>, operators: string[], below: Level): Value {
  let left = below(reader, variables);
  while (operators.includes(reader.peek() ?? '')) {
    left = compute(reader.next(), left, below(reader, variables));
  }
  return left;
}

function power(reader: Reader, variables: ReadonlyMap<string, Value>): Value {
  const base = atom(reader, variables);
  if (reader.peek() !== '**') return base;
  reader.next();
  return compute('**', base, power(reader, variables));
}

function atom(reader: Reader, variables: ReadonlyMap<string, Value>): Value {
  const token = reader.next();
  if (token === '-') return compute('-', { type: 'int', value: 0 }, power(reader, variables));
  if (token === '(') return parenthesised(reader, variables);
  if (/^\d/.test(token)) return { type: token.includes('.') ? 'float' : 'int', value: Number(token) };
  if (/^["']/.test(token)) return { type: 'string', value: token.slice(1, -1) };
  const value = variables.get(token);
  if (value) return value;
  if (/^\w/.test(token)) throw new CodeError('NameError', `name '${token}' is not defined`);
  throw syntaxError(token);
}

function parenthesised(reader: Reader, variables: ReadonlyMap<string, Value>): Value {
  const value = sum(reader, variables);
  if (reader.next() !== ')') throw syntaxError(')');
  return value;
}

function compute(operator: string, left: Value, right: Value): Value {
  if (left.type === 'string' || right.type === 'string') return join(operator, left, right);
  const float = operator === '/' || left.type === 'float' || right.type === 'float';
  return { type: float ? 'float' : 'int', value: arithmetic(operator, left.value, right.value) };
}

function join(operator: string, left: Value, right: Value): Value {
  if (operator === '+' && left.type === right.type) return { type: 'string', value: `${left.value}${right.value}` };
  throw new CodeError(
    'TypeError',
    `unsupported operand type(s) for ${operator}: '${pythonType(left)}' and '${pythonType(right)}'`,
  );
}

function arithmetic(operator: string, a: number, b: number): number {
  if (b === 0 && ['/', '//', '%'].includes(operator)) throw new CodeError('ZeroDivisionError', 'division by zero');
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '//':
      return Math.floor(a / b);
    case '%':
      return a - b * Math.floor(a / b);
    default:
      return a ** b;
  }
}

function pythonType(value: Value): string {
  return value.type === 'string' ? 'str' : value.type;
}

function syntaxError(source: string): CodeError {
  return new CodeError('SyntaxError', `invalid syntax: ${source.trim()}`);
}
