// The notebooks of the reference estate: the files below notebooks/, each at the path in the workspace that its path there says.
import { readdirSync, readFileSync } from 'node:fs';
import { join, parse, sep } from 'node:path';
import type { NotebookSeed } from './files/file-seed.ts';
import { languageOfFile } from './files/notebook-source.ts';

export function referenceNotebooks(role: 'primary' | 'dr'): NotebookSeed[] {
  const root = join(import.meta.dirname, 'notebooks', role);
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => {
    const source = readFileSync(join(parentPath, name), 'utf8');
    const folder = parentPath.slice(root.length).split(sep).join('/');
    const language = languageOfFile(name, source);
    if (!language) throw new Error(`${name} is no notebook`);
    return { path: `${folder}/${parse(name).name}`, source, language };
  });
}

/** With a plain notebook for each that an estate file lists beside. */
export function withListedNotebooks(notebooks: NotebookSeed[], listed: readonly { id: string }[]): NotebookSeed[] {
  const known = new Set(notebooks.map(({ path }) => path));
  const added = listed.filter(({ id }) => !known.has(id));
  return [...notebooks, ...added.map(({ id }) => ({ path: id, source: PLAIN }))];
}

const PLAIN = '# Databricks notebook source\ndbutils.notebook.exit("done")\n';
