// What code may not do where it stands (style 2.2, 2.3, 2.6): reach for the environment or the clock, keep state, grow, cast.
import { isIn, perFile, type Rule } from './rule.ts';
import { isNode, nameOf, type SourceFile, type SyntaxNode } from './source.ts';

const DEPLOYED = ['functions', 'shared'];
const PURE = ['shared/domain', 'shared/steps', 'shared/usecases'];

/** What the host asks a key for is settled at registration, before anything else is loaded. */
const ENVIRONMENT_READERS = ['shared/config.ts', 'shared/compose.ts', 'functions/index.ts'];

/** Time and randomness are handed in, so that tests skip hours and repeat themselves. */
const IMPURE_CALLS = new Set([
  'Date.now',
  'Math.random',
  'performance.now',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'Date',
]);
const IMPURE_MODULES = new Set(['node:timers', 'node:timers/promises', 'node:perf_hooks']);

export const environmentIsConfig: Rule = {
  sentence:
    'nothing of functions and shared reads process.env but config, compose and the one entry that registers doors',
  faults: perFile((file) => {
    if (!isIn(file.path, DEPLOYED) || isIn(file.path, ENVIRONMENT_READERS)) return [];
    return file.nodes.filter(readsEnvironment).map((node) => at(file, node, 'reads process.env'));
  }),
  caught: [
    { 'shared/domain/a.ts': 'export const key = process.env.API_KEYS;' },
    { 'functions/http/a.ts': "export const key = process['env'].API_KEYS;" },
    { 'shared/http/a.ts': 'const { env } = process; export const key = env.API_KEYS;' },
    { 'shared/adapters/a/b.ts': "import { env } from 'node:process'; export const key = env.API_KEYS;" },
  ],
  allowed: [
    { 'shared/compose.ts': 'export const config = readConfig(process.env);' },
    { 'shared/http/a.ts': '// process.env is for config\nexport const words = "process.env";' },
    { 'local/child.ts': 'export const options = process.env.LAKEWARDEN_CHILD;' },
  ],
};

export const timeIsHandedIn: Rule = {
  sentence: 'domain, steps and use cases neither read the clock, nor wait, nor roll dice',
  faults: perFile((file) => {
    if (!isIn(file.path, PURE)) return [];
    const calls = file.nodes.filter(isImpure).map((node) => at(file, node, 'takes time or chance from the machine'));
    const imports = file.imports.filter(({ module, kind }) => kind !== 'type' && IMPURE_MODULES.has(module ?? ''));
    return [...calls, ...imports.map(({ module, line }) => `${file.path}:${line}: imports ${module}`)];
  }),
  caught: [
    { 'shared/domain/a.ts': 'export const now = () => Date.now();' },
    { 'shared/domain/a.ts': 'export const now = Date.now;' },
    { 'shared/usecases/a.ts': 'export const now = () => new Date();' },
    { 'shared/steps/a.ts': 'export const wait = () => new Promise((done) => setTimeout(done, 5));' },
    { 'shared/usecases/a.ts': 'export const wait = () => globalThis.setTimeout(() => {}, 5);' },
    { 'shared/usecases/a.ts': 'export const jitter = () => Math.random();' },
    { 'shared/usecases/a.ts': "import { setTimeout as sleep } from 'node:timers/promises';" },
  ],
  allowed: [
    {
      'shared/domain/a.ts':
        'export const at = (iso: string) => new Date(iso); export const parsed = Date.parse("2026-01-01");',
    },
    { 'shared/adapters/process/system-clock.ts': 'export const now = () => new Date();' },
  ],
};

export const noModuleState: Rule = {
  sentence: 'no module of functions and shared keeps state, but compose',
  faults: perFile((file) => {
    if (!isIn(file.path, DEPLOYED) || isIn(file.path, ['shared/compose.ts'])) return [];
    return file.nodes
      .filter(({ type }) => type === 'Program')
      .flatMap(statements)
      .filter(keepsState)
      .map((node) => at(file, node, 'module state'));
  }),
  caught: [
    { 'shared/domain/a.ts': 'let last = 0; export const next = () => ++last;' },
    { 'functions/http/a.ts': 'const seen = new Map<string, number>();' },
    { 'shared/usecases/a.ts': 'export const seen: string[] = [];' },
  ],
  allowed: [
    { 'shared/compose.ts': 'let cached: number | undefined;' },
    {
      'shared/domain/a.ts':
        "const known = new Set(['a']); export function count() { let sum = 0; const seen = new Map(); return sum + known.size + seen.size; }",
    },
  ],
};

const LONGEST_FILE_LINES = 300;
/** Tables and wire schemas that are longer because what they list is: each with its reason. */
const LONG_TABLES: ReadonlyMap<string, string> = new Map([]);

export const filesAreShort: Rule = {
  sentence: `no file is longer than ${LONGEST_FILE_LINES} lines, but the tables that are listed`,
  faults: perFile(({ path, lines }) => {
    if (lines > LONGEST_FILE_LINES && !LONG_TABLES.has(path)) return [`${path}:${lines}: ${lines} lines`];
    return lines <= LONGEST_FILE_LINES && LONG_TABLES.has(path)
      ? [`${path}:1: no longer needs to be listed as long`]
      : [];
  }),
  caught: [{ 'local/a.ts': '\n'.repeat(300).concat('export const a = 1;') }],
  allowed: [{ 'local/a.ts': '\n'.repeat(299).concat('export const a = 1;\n') }],
};

const CASTS_PER_1000_LINES = 2;

export const castsAreRare: Rule = {
  sentence: `at most ${CASTS_PER_1000_LINES} type casts in 1,000 lines of functions and shared`,
  faults: (files) => {
    const deployed = files.filter(({ path }) => isIn(path, DEPLOYED));
    const lines = deployed.reduce((sum, file) => sum + file.lines, 0);
    const casts = deployed.flatMap((file) => file.nodes.filter(isCast).map((node) => at(file, node, 'casts')));
    return casts.length * 1000 > lines * CASTS_PER_1000_LINES
      ? [`${casts.length} casts in ${lines} lines`, ...casts]
      : [];
  },
  caught: [
    { 'shared/a.ts': `${'\n'.repeat(400)}export const a = JSON.parse("1") as number;` },
    { 'shared/a.ts': 'export const a = <number>JSON.parse("1");' },
  ],
  allowed: [
    { 'shared/a.ts': 'import * as z from "zod"; import { a as b } from "./b.ts"; export const c = [b, z] as const;' },
    { 'shared/a.ts': `${'\n'.repeat(600)}export const a = JSON.parse("1") as number;` },
    { 'local/a.ts': 'export const a = JSON.parse("1") as number;' },
  ],
};

function at(file: SourceFile, node: SyntaxNode, words: string): string {
  return `${file.path}:${file.lineOf(node)}: ${words}`;
}

function readsEnvironment(node: SyntaxNode): boolean {
  if (node.type === 'MemberExpression') return dotted(node) === 'process.env';
  if (node.type === 'VariableDeclarator') return nameOf(node.init) === 'process';
  return node.type === 'ImportDeclaration' && isNode(node.source) && node.source.value === 'node:process';
}

/** The call, the mention (`const now = Date.now`) and `new Date()` without an instant. */
function isImpure(node: SyntaxNode): boolean {
  if (node.type === 'MemberExpression') return IMPURE_CALLS.has(dotted(node)?.replace(/^globalThis\./, '') ?? '');
  if (node.type === 'NewExpression') return nameOf(node.callee) === 'Date' && isEmpty(node.arguments);
  return node.type === 'CallExpression' && IMPURE_CALLS.has(nameOf(node.callee) ?? '');
}

function keepsState(node: SyntaxNode): boolean {
  if (node.type !== 'VariableDeclaration') return false;
  if (node.kind !== 'const') return true;
  return (
    Array.isArray(node.declarations) &&
    node.declarations.some((declared: unknown) => isNode(declared) && isFillable(declared.init))
  );
}

/** What is made empty is made to be filled. */
function isFillable(value: unknown): boolean {
  if (!isNode(value)) return false;
  if (value.type === 'ArrayExpression') return isEmpty(value.elements);
  const container = /^(Weak)?(Map|Set)$/.test(nameOf(value.callee) ?? '');
  return value.type === 'NewExpression' && container && isEmpty(value.arguments);
}

/** Statements of a module, with or without `export`. */
function statements(program: SyntaxNode): SyntaxNode[] {
  const body: unknown[] = Array.isArray(program.body) ? program.body : [];
  return body.filter(isNode).map((node) => (isNode(node.declaration) ? node.declaration : node));
}

function isCast(node: SyntaxNode): boolean {
  if (node.type === 'TSTypeAssertion') return true;
  const annotation = node.typeAnnotation;
  const isConst = isNode(annotation) && nameOf(annotation.typeName) === 'const';
  return node.type === 'TSAsExpression' && !isConst;
}

/** `a.b.c` as text, also of `a['b']`; undefined for what is no such chain. */
function dotted(node: unknown): string | undefined {
  if (!isNode(node) || node.type !== 'MemberExpression') return nameOf(node);
  const object = dotted(node.object);
  const literal = isNode(node.property) && typeof node.property.value === 'string' ? node.property.value : undefined;
  const property = node.computed ? literal : nameOf(node.property);
  return object === undefined || property === undefined ? undefined : `${object}.${property}`;
}

function isEmpty(list: unknown): boolean {
  return Array.isArray(list) && list.length === 0;
}
