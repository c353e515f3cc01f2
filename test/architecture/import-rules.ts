// Rules about imports beyond the layers: no circles, SDKs on demand, one place that registers, ordered lists that are complete.
import { isIn, perFile, type Rule } from './rule.ts';
import { isNode, nameOf, type SourceFile, type SyntaxNode } from './source.ts';

const SDKS = [
  '@azure/service-bus',
  '@azure/data-tables',
  '@azure/storage-blob',
  '@azure/identity',
  '@databricks/sdk-experimental',
  'jose',
];

export const noCircles: Rule = {
  sentence: 'no file imports itself, by whatever way round (types count)',
  faults: (files) => {
    const targets = new Map(files.map(({ path, imports }) => [path, imports.flatMap((entry) => entry.path ?? [])]));
    return circles(targets).map((circle) => `${circle[0]}:1: ${circle.join(' -> ')}`);
  },
  caught: [
    { 'shared/a.ts': "import { b } from './b.ts';", 'shared/b.ts': "import type { A } from './a.ts';" },
    {
      'local/a.ts': "import './b.ts';",
      'local/b.ts': "export { c } from './c.ts';",
      'local/c.ts': "const a = () => import('./a.ts');",
    },
  ],
  allowed: [
    {
      'shared/a.ts': "import './b.ts'; import './c.ts';",
      'shared/b.ts': "import './d.ts';",
      'shared/c.ts': "import './d.ts';",
      'shared/d.ts': '',
    },
  ],
};

export const sdksAreLoadedOnDemand: Rule = {
  sentence: 'functions and shared load every SDK by import(): what is evaluated at start is what a cold start costs',
  faults: perFile((file) =>
    isIn(file.path, ['functions', 'shared'])
      ? file.imports
          .filter(({ module, kind }) => kind === 'static' && SDKS.includes(module ?? ''))
          .map(({ module, line }) => `${file.path}:${line}: imports ${module} at start`)
      : [],
  ),
  caught: [
    { 'shared/adapters/service-bus/a.ts': "import { ServiceBusClient } from '@azure/service-bus';" },
    { 'shared/adapters/table-storage/a.ts': "import { type TableClient } from '@azure/data-tables';" },
    { 'shared/adapters/databricks/a.ts': "export * from '@databricks/sdk-experimental/dist/api-client.js';" },
  ],
  allowed: [
    {
      'shared/adapters/service-bus/a.ts':
        "import type { ServiceBusClient } from '@azure/service-bus'; const load = () => import('@azure/service-bus');",
    },
  ],
};

export const oneEntryRegisters: Rule = {
  sentence: 'only functions/index.ts calls app.*()',
  faults: perFile((file) => {
    if (file.path === 'functions/index.ts' || !isIn(file.path, ['functions', 'shared'])) return [];
    const loads = file.imports
      .filter(({ module, kind }) => module === '@azure/functions' && kind !== 'type')
      .map(({ line }) => `${file.path}:${line}: loads @azure/functions`);
    const calls = file.nodes.filter(registers).map((node) => `${file.path}:${file.lineOf(node)}: registers a function`);
    return [...loads, ...calls];
  }),
  caught: [
    { 'functions/http/a.ts': "import { app } from '@azure/functions';" },
    { 'functions/timer/a.ts': "const { app } = await import('@azure/functions');" },
    { 'functions/queue/a.ts': "export const add = (app: App) => app.serviceBusQueue('a', options);" },
    { 'functions/http/a.ts': "export const add = (library: Library) => library.app.http('a', options);" },
  ],
  allowed: [
    { 'functions/index.ts': "import { app } from '@azure/functions'; app.http('a', options);" },
    {
      'functions/http/a.ts':
        "import type { HttpHandler } from '@azure/functions'; export const handler: HttpHandler = handle;",
    },
  ],
};

export const everyStepIsListed: Rule = {
  sentence: 'every step stands in the ordered list of its folder',
  faults: (files) =>
    files
      .filter(({ path }) => /^shared\/steps\/[^/]+\/.+\.ts$/.test(path) && !path.endsWith('/index.ts'))
      .flatMap((file) =>
        exportedSteps(file)
          .filter((step) => !isListed(files, file.path, step))
          .map((step) => `${file.path}:1: ${step} is not in index.ts`),
      ),
  caught: [
    { 'shared/steps/remedies/a.ts': 'export const a: Step = { id: "a" };', 'shared/steps/remedies/index.ts': '' },
    { 'shared/steps/failover/a.ts': 'export const a = { id: "a" } satisfies Step;' },
    { 'shared/steps/remedies/a.ts': 'const a: Step = { id: "a" }; export { a };' },
    {
      'shared/steps/remedies/a.ts': 'export const a: Step = { id: "a" };',
      'shared/steps/remedies/index.ts': "import { a } from './a.ts'; export const remedies = {};",
    },
  ],
  allowed: [
    {
      'shared/steps/remedies/a.ts': 'export const a: Step = { id: "a" }; export function help(step: Step) {}',
      'shared/steps/remedies/index.ts': "import { a } from './a.ts'; export const remedies = { a };",
    },
  ],
};

/** One circle for each import that closes one, found depth first. */
function circles(targets: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const finished = new Set<string>();
  function visit(path: string, way: readonly string[]): void {
    const start = way.indexOf(path);
    if (start >= 0) found.push([...way.slice(start), path]);
    if (start >= 0 || finished.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...way, path]);
    finished.add(path);
  }
  for (const path of targets.keys()) visit(path, []);
  return found;
}

/** `app.http(...)`, `library.app.timer(...)`, `app.hook.appStart(...)`. */
function registers(node: SyntaxNode): boolean {
  if (node.type !== 'CallExpression') return false;
  for (let callee = node.callee; isNode(callee) && callee.type === 'MemberExpression'; callee = callee.object) {
    if (nameOf(callee.object) === 'app' || (isNode(callee.object) && nameOf(callee.object.property) === 'app'))
      return true;
  }
  return false;
}

function exportedSteps({ nodes }: SourceFile): string[] {
  const exported = nodes.filter(({ type }) => type === 'ExportNamedDeclaration');
  const named = new Set(
    exported.flatMap((node) => nodesOf(node.specifiers).flatMap(({ local }) => nameOf(local) ?? [])),
  );
  const inPlace = new Set(
    exported.flatMap(({ declaration }) => (isNode(declaration) ? nodesOf(declaration.declarations) : [])),
  );
  return nodes
    .filter((node) => node.type === 'VariableDeclarator' && isStep(node))
    .filter((node) => inPlace.has(node) || named.has(nameOf(node.id) ?? ''))
    .flatMap(({ id }) => nameOf(id) ?? []);
}

function isStep({ id, init }: SyntaxNode): boolean {
  const annotation = isNode(id) && isNode(id.typeAnnotation) ? id.typeAnnotation.typeAnnotation : undefined;
  const satisfied = isNode(init) && init.type === 'TSSatisfiesExpression' ? init.typeAnnotation : undefined;
  return [annotation, satisfied].some((type) => isNode(type) && nameOf(type.typeName) === 'Step');
}

/** Imported by the list and named in it, not only imported. */
function isListed(files: readonly SourceFile[], path: string, step: string): boolean {
  const list = files.find((file) => file.path === `${path.split('/').slice(0, 3).join('/')}/index.ts`);
  const isImported = list?.imports.some(
    (entry) => entry.path === path && entry.kind === 'static' && entry.names.includes(step),
  );
  return (
    isImported === true && list?.nodes.some((node) => node.type === 'Property' && nameOf(node.value) === step) === true
  );
}

function nodesOf(list: unknown): SyntaxNode[] {
  return Array.isArray(list) ? list.filter(isNode) : [];
}
