// Requirements without a test. docs/reference/requirement-ids.md lists every id and how far it is built; test titles begin
// with the ids that they prove ("A5: ..."). Ids of later work need no test yet, ids that nobody knows are typing errors.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Check, root } from './check.ts';
import { type TextFile, trackedFiles } from './tracked-files.ts';

const LIST = 'docs/reference/requirement-ids.md';
const states = ['built', 'part', 'later'] as const;
export type RequirementState = (typeof states)[number];

const ROW = /^\|\s*([A-L]\d{1,2})\s*\|\s*(\w+)\s*\|/;
/** The head of a title, the first argument of a call: `('A5: ...`, `("A5, D3: ...`. */
const TITLE = /\(\s*['"`]((?:[A-L]\d{1,2}(?:,\s*|\s+and\s+)?)+):\s/g;

export const requirementIds: Check = {
  name: 'every requirement that is built has a test',
  faults: async () => {
    const tests = (await trackedFiles()).filter(({ path }) => /^test\/(?!fixtures\/|bench\/).+\.ts$/.test(path));
    return missingTests(await readFile(join(root, LIST), 'utf8'), tests);
  },
};

export function missingTests(list: string, tests: readonly TextFile[]): string[] {
  const { rows, faults } = readList(list);
  const proved = new Map(tests.flatMap(({ path, text }) => idsIn(text).map((id) => [id, path] as const)));
  const untested = [...rows].filter(([id, state]) => state !== 'later' && !proved.has(id));
  const unknown = [...proved].filter(([id]) => !rows.has(id));
  return [
    ...faults,
    ...untested.map(([id, state]) => `${id} is listed as ${state}, but no test title begins with it`),
    ...unknown.map(([id, path]) => `${path}: a title begins with ${id}, which ${LIST} does not know`),
  ];
}

export function idsIn(text: string): string[] {
  return [...text.matchAll(TITLE)].flatMap(([, head = '']) => head.match(/[A-L]\d{1,2}/g) ?? []);
}

function readList(list: string): { rows: Map<string, RequirementState>; faults: string[] } {
  const rows = new Map<string, RequirementState>();
  const faults: string[] = [];
  for (const line of list.split('\n')) {
    const [, id, word] = ROW.exec(line) ?? [];
    if (id === undefined) continue;
    const state = states.find((known) => known === word);
    if (!state) faults.push(`${LIST}: ${id} is ${word}; it can be ${states.join(', ')}`);
    else if (rows.has(id)) faults.push(`${LIST}: ${id} is listed twice`);
    else rows.set(id, state);
  }
  return { rows, faults: rows.size === 0 ? [`${LIST}: lists nothing`] : faults };
}
