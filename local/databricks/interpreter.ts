// The simulated driver: runs the few lines that a health check sends, for real (variables live in the session, errors are raised).
// What it cannot run it says so, as an error of its own name; it never answers something that was not computed.
import { CodeError, evaluate, text, type Value } from './expressions.ts';

export interface Column {
  readonly name: string;
  readonly type: 'INT' | 'DOUBLE' | 'STRING';
}

export type Outcome =
  | { readonly kind: 'text'; readonly data: string }
  | { readonly kind: 'table'; readonly columns: readonly Column[]; readonly rows: readonly (readonly Value[])[] }
  | { readonly kind: 'error'; readonly name: string; readonly message: string };

/** The state of one REPL. */
export interface Session {
  readonly variables: Map<string, Value>;
  /** Numbers Scala's `res0`, `res1`. */
  results: number;
}

export const LANGUAGES = ['python', 'sql', 'scala', 'r'];

export function newSession(): Session {
  return { variables: new Map(), results: 0 };
}

/** Runs the code at once; `seconds` is what it would have slept. */
export function runCode(language: string, code: string, session: Session): { outcome: Outcome; seconds: number } {
  try {
    if (language === 'sql') return { outcome: runSql(code), seconds: 0 };
    return runLines(language, code, session);
  } catch (error) {
    if (!(error instanceof CodeError)) throw error;
    return { outcome: { kind: 'error', name: error.name, message: error.message }, seconds: 0 };
  }
}

/** Looks a table up; undefined if there is none. */
export type FromTable = (
  name: string,
  selection: { items: readonly string[]; limit: number | undefined },
) => Outcome | undefined;

/** `DESCRIBE HISTORY` of a table; undefined for any other statement. */
export function runDescribe(
  statement: string,
  historyOf: (table: string, limit: number | undefined) => Outcome | undefined,
): Outcome | undefined {
  const [, table, limit] = /^\s*DESCRIBE\s+HISTORY\s+([\w.`]+)(?:\s+LIMIT\s+(\d+))?\s*;?\s*$/i.exec(statement) ?? [];
  if (table === undefined) return undefined;
  const outcome = historyOf(table.replaceAll('`', ''), limit === undefined ? undefined : Number(limit));
  if (!outcome) throw new CodeError('AnalysisException', notFound(table));
  return outcome;
}

/** `SELECT` of expressions, or of the columns of one table where there are tables; what is not there it says in Spark's words. */
export function runSql(statement: string, fromTable: FromTable = () => undefined): Outcome {
  const select = /^\s*SELECT\s+([\s\S]+?)\s*;?\s*$/i.exec(statement)?.[1];
  if (select === undefined) throw notSimulated(statement);
  const table = /\bFROM\s+([\w.`]+)/i.exec(select)?.[1];
  if (table !== undefined) return runFrom(select, table, { statement, fromTable });
  const cells = select.split(',').map(selectItem);
  return { kind: 'table', columns: cells.map(({ column }) => column), rows: [cells.map(({ value }) => value)] };
}

function runFrom(
  select: string,
  table: string,
  { statement, fromTable }: { statement: string; fromTable: FromTable },
): Outcome {
  const [, list, limit] = /^([\s\S]+?)\s+FROM\s+[\w.`]+(?:\s+LIMIT\s+(\d+))?$/i.exec(select) ?? [];
  const items = (list ?? '*').split(',').map((item) => item.trim());
  const outcome = fromTable(table.replaceAll('`', ''), {
    items,
    limit: limit === undefined ? undefined : Number(limit),
  });
  if (!outcome) throw new CodeError('AnalysisException', notFound(table));
  if (list === undefined) throw notSimulated(statement);
  return outcome;
}

function selectItem(item: string): { column: Column; value: Value } {
  const [, expression = item, alias] = /^\s*([\s\S]+?)\s+AS\s+`?(\w+)`?\s*$/i.exec(item) ?? [];
  const value = evaluate(expression, new Map());
  const type = ({ int: 'INT', float: 'DOUBLE', string: 'STRING' } as const)[value.type];
  return { column: { name: alias ?? expression.trim(), type }, value };
}

function notFound(table: string): string {
  const name = table
    .replaceAll('`', '')
    .split('.')
    .map((part) => `\`${part}\``);
  return `[TABLE_OR_VIEW_NOT_FOUND] The table or view ${name.join('.')} cannot be found. Verify the spelling and correctness of the schema and catalog. SQLSTATE: 42P01`;
}

interface Printed {
  readonly lines: string[];
  seconds: number;
}

function runLines(language: string, code: string, session: Session): { outcome: Outcome; seconds: number } {
  const printed: Printed = { lines: [], seconds: 0 };
  const lines = statementsOf(language, code);
  lines.forEach((line, index) => {
    runLine(language, line, { session, printed, isLast: index === lines.length - 1 });
  });
  return { outcome: { kind: 'text', data: printed.lines.join('\n') }, seconds: printed.seconds };
}

/** One per line or semicolon, without comments; strings are left alone. */
function statementsOf(language: string, code: string): string[] {
  const beforeComment = language === 'scala' ? /^(?:"[^"]*"|[^/"]|\/(?!\/))*/ : /^(?:"[^"]*"|'[^']*'|[^#"'])*/;
  return code
    .split('\n')
    .map((line) => ({ line, kept: beforeComment.exec(line)?.[0] ?? '' }))
    .map(({ line, kept }) => (/^["']/.test(line.slice(kept.length)) ? line : kept))
    .flatMap((line) => line.match(/(?:"[^"]*"|'[^']*'|[^;])+/g) ?? [])
    .map((line) => line.trim())
    .filter(Boolean);
}

interface Surroundings {
  readonly session: Session;
  readonly printed: Printed;
  readonly isLast: boolean;
}

function runLine(language: string, line: string, { session, printed, isLast }: Surroundings): void {
  const { variables } = session;
  if (/^(import|from)\s/.test(line)) return;
  const call = /^(print|println|time\.sleep|Sys\.sleep|raise\s+\w+|stop)\s*\(([\s\S]*)\)$/.exec(line);
  if (call) {
    runCall(call[1] ?? '', call[2] ?? '', { session, printed, language });
    return;
  }
  const assignment = /^(?:val\s+|var\s+)?([A-Za-z_]\w*)\s*(?:=|<-)\s*(.+)$/.exec(line);
  if (assignment) {
    variables.set(assignment[1] ?? '', computed(assignment[2] ?? '', variables, language));
    return;
  }
  const value = computed(line, variables, language);
  if (isLast) printed.lines.push(shown(language, value, session));
}

function runCall(
  name: string,
  argument: string,
  { session, printed, language }: { session: Session; printed: Printed; language: string },
): void {
  if (name.startsWith('raise') || name === 'stop') {
    const message = argument === '' ? '' : text(computed(argument, session.variables, language));
    throw new CodeError(name === 'stop' ? 'Error' : name.replace(/^raise\s+/, ''), message);
  }
  const values = argument === '' ? [] : argument.split(',').map((part) => computed(part, session.variables, language));
  if (name.endsWith('sleep')) {
    printed.seconds += Number(values[0]?.value ?? 0);
    return;
  }
  printed.lines.push(`${language === 'r' ? '[1] ' : ''}${values.map(text).join(' ')}`);
}

/** A value of a language that has calls, members and brackets is beyond this driver, and no syntax error of the caller's. */
function computed(expression: string, variables: ReadonlyMap<string, Value>, language: string): Value {
  const bare = expression.replaceAll(/"[^"]*"|'[^']*'/g, '');
  if (/\w\s*\(|[A-Za-z_]\w*\.|[[\]{}=<>:,]/.test(bare)) throw notSimulated(expression);
  // Division and powers differ between the languages; only Python's are built in.
  if (language !== 'python' && /[/%]|\*\*/.test(bare)) throw notSimulated(expression);
  return evaluate(expression, variables);
}

function shown(language: string, value: Value, session: Session): string {
  if (language === 'r') return `[1] ${value.type === 'string' ? `"${value.value}"` : text(value)}`;
  if (language !== 'scala') return value.type === 'string' ? `'${value.value}'` : text(value);
  const type = { int: 'Int', float: 'Double', string: 'String' }[value.type];
  session.results += 1;
  return `res${session.results - 1}: ${type} = ${text(value)}`;
}

function notSimulated(code: string): CodeError {
  return new CodeError('NotSimulated', `the simulated driver computes only small expressions, not: ${code.trim()}`);
}
