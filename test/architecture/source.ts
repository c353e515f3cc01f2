// Reads a TypeScript source into what the architecture rules ask about: its imports of every kind, its size, its syntax tree.
// The parser is the one that vitest already brings (vite's), so that the rules see syntax and not text that looks like it.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { parseAst } from 'vitest/node';

const root = join(import.meta.dirname, '../..');

/** `static` and `dynamic` happen at run time, `type` is erased. */
export type ImportKind = 'static' | 'dynamic' | 'type';

export interface Import {
  readonly kind: ImportKind;
  /** Path from the root for a relative import, else undefined. */
  readonly path?: string;
  /** Package or `node:` module for the rest: no subpath. */
  readonly module?: string;
  /** Names bound by it; empty for a dynamic or a whole import. */
  readonly names: readonly string[];
  readonly line: number;
}

export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [member: string]: unknown;
}

export interface SourceFile {
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  readonly nodes: readonly SyntaxNode[];
  lineOf(node: SyntaxNode): number;
}

const FOLDERS = ['functions', 'shared', 'local', 'console', 'cli'];

/** Every source that deploys, every simulator and every client. */
export function readProject(): SourceFile[] {
  return globSync(
    FOLDERS.map((folder) => `${folder}/**/*.{ts,tsx}`),
    { cwd: root },
  )
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .map((path) => readSource(path, readFileSync(join(root, path), 'utf8')));
}

export function readSource(path: string, text: string): SourceFile {
  const nodes = [...walk(parseAst(text, { lang: path.endsWith('x') ? 'tsx' : 'ts' }))];
  const lineOf = (node: SyntaxNode) => text.slice(0, node.start).split('\n').length;
  const imports = nodes.flatMap((node) => importOf(path, node, lineOf(node)) ?? []);
  return { path, lines: text.trimEnd().split('\n').length, imports, nodes, lineOf };
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** The name of an identifier, undefined for any other node. */
export function nameOf(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Identifier' && typeof node.name === 'string' ? node.name : undefined;
}

function* walk(value: unknown): Generator<SyntaxNode> {
  if (Array.isArray(value)) {
    for (const item of value) yield* walk(item);
  } else if (isNode(value)) {
    yield value;
    for (const member of Object.values(value)) yield* walk(member);
  }
}

const KINDS: Readonly<Record<string, ImportKind>> = {
  ImportDeclaration: 'static',
  ExportNamedDeclaration: 'static',
  ExportAllDeclaration: 'static',
  ImportExpression: 'dynamic',
  TSImportType: 'type',
};

function importOf(from: string, node: SyntaxNode, line: number): Import | undefined {
  const kind = KINDS[node.type];
  const source = node.source;
  if (!kind || !isNode(source)) return undefined;
  // What a computed import() loads is nobody's guess: it is named as it is and belongs to no layer.
  const target = typeof source.value === 'string' ? source.value : '(computed)';
  // `import { type A }` is no type import: under verbatimModuleSyntax the module is still loaded.
  const erased = node.importKind === 'type' || node.exportKind === 'type';
  return { kind: erased ? 'type' : kind, names: boundNames(node), line, ...resolve(from, target) };
}

function resolve(from: string, target: string): { path: string } | { module: string } {
  if (target.startsWith('.')) return { path: posix.join(dirname(from), target) };
  if (target.startsWith('node:')) return { module: target };
  const segments = target.split('/');
  return { module: segments.slice(0, target.startsWith('@') ? 2 : 1).join('/') };
}

function boundNames(node: SyntaxNode): string[] {
  const specifiers = Array.isArray(node.specifiers) ? node.specifiers : [];
  return specifiers.flatMap((specifier: unknown) => (isNode(specifier) ? (nameOf(specifier.local) ?? []) : []));
}
