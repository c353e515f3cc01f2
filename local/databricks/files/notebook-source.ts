// A notebook's text in its two exchange formats: Databricks source (cells between separator comments) and Jupyter.
import { invalid } from '../errors.ts';

export const LANGUAGES = ['PYTHON', 'SQL', 'SCALA', 'R'] as const;
export type NotebookLanguage = (typeof LANGUAGES)[number];

export interface Cell {
  /** The notebook's own, unless a magic line says otherwise; `md` and `sh` are no languages of a notebook. */
  readonly language: string;
  readonly text: string;
}

const COMMENTS: Record<NotebookLanguage, string> = { PYTHON: '#', R: '#', SQL: '--', SCALA: '//' };
const EXTENSIONS: Record<NotebookLanguage, string> = { PYTHON: 'py', R: 'r', SQL: 'sql', SCALA: 'scala' };

export function isLanguage(value: unknown): value is NotebookLanguage {
  return LANGUAGES.some((language) => language === value);
}

export function extensionOf(language: NotebookLanguage): string {
  return EXTENSIONS[language];
}

/** The language of the file `name`, if its ending and its first line say that it is a notebook. */
export function languageOfFile(name: string, source: string): NotebookLanguage | undefined {
  const language = LANGUAGES.find((candidate) => name.endsWith(`.${EXTENSIONS[candidate]}`));
  return language && source.startsWith(header(language)) ? language : undefined;
}

export function cellsOf(source: string, language: NotebookLanguage): Cell[] {
  const mark = COMMENTS[language];
  const body = source.startsWith(header(language)) ? source.slice(header(language).length) : source;
  return body
    .split(new RegExp(`^${mark} COMMAND -+\\s*$`, 'm'))
    .map((text) => text.trim())
    .filter(Boolean)
    .map((text) => cellOf(text, mark, language));
}

function sourceOf(cells: readonly Cell[], language: NotebookLanguage): string {
  const mark = COMMENTS[language];
  const texts = cells.map((cell) =>
    cell.language === language
      ? cell.text
      : [`%${magicOf(cell.language)}`, ...cell.text.split('\n')].map((line) => `${mark} MAGIC ${line}`).join('\n'),
  );
  return `${header(language)}\n${texts.join(`\n\n${mark} COMMAND ----------\n\n`)}\n`;
}

export function toJupyter(source: string, language: NotebookLanguage): string {
  const cells = cellsOf(source, language).map((cell) => ({
    cell_type: cell.language === 'MD' ? 'markdown' : 'code',
    metadata: {},
    source: withMagic(cell, language).split(/(?<=\n)/),
    ...(cell.language !== 'MD' && { execution_count: null, outputs: [] }),
  }));
  const metadata = { language_info: { name: language.toLowerCase() } };
  return JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 0 });
}

export function fromJupyter(text: string): { source: string; language: NotebookLanguage } {
  const notebook = readJson(text);
  const named = String(Object(Object(notebook.metadata).language_info).name ?? 'python').toUpperCase();
  const language = isLanguage(named) ? named : 'PYTHON';
  if (!Array.isArray(notebook.cells)) throw invalid('The content is not a Jupyter notebook: it has no cells.');
  const cells = notebook.cells.map((cell) => {
    const { cell_type: kind, source } = Object(cell);
    const said = Array.isArray(source) ? source.join('') : String(source ?? '');
    return kind === 'markdown' ? { language: 'MD', text: said } : cellWithMagic(said, language);
  });
  return { source: sourceOf(cells, language), language };
}

function header(language: NotebookLanguage): string {
  return `${COMMENTS[language]} Databricks notebook source`;
}

function cellOf(text: string, mark: string, language: NotebookLanguage): Cell {
  const magic = `${mark} MAGIC `;
  if (!text.startsWith(magic)) return { language, text };
  const lines = text.split('\n').map((line) => (line.startsWith(magic) ? line.slice(magic.length) : ''));
  return cellWithMagic(lines.join('\n'), language);
}

function cellWithMagic(text: string, language: NotebookLanguage): Cell {
  const [, magic = '', rest = ''] = /^%(\w+)\s*([\s\S]*)$/.exec(text) ?? [];
  return magic === '' ? { language, text } : { language: magic.toUpperCase(), text: rest };
}

function withMagic(cell: Cell, language: NotebookLanguage): string {
  return cell.language === language || cell.language === 'MD' ? cell.text : `%${magicOf(cell.language)}\n${cell.text}`;
}

function magicOf(language: string): string {
  return language.toLowerCase();
}

function readJson(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text));
  } catch {
    throw invalid('The content is not a Jupyter notebook: it is no JSON.');
  }
}
