// What comes of running a notebook: its Python cells, as far as the simulated driver computes them. Lines beyond it (Spark, functions,
// blocks) are passed over as done; what is plainly written there happens: a raised error, a sleep, an exit value.
import { newSession, runCode, type Session } from '../interpreter.ts';
import type { Notebook } from './file-store.ts';
import { cellsOf } from './notebook-source.ts';

export interface NotebookOutcome {
  readonly seconds: number;
  readonly error?: { readonly name: string; readonly message: string; readonly line: string };
  readonly exit?: string;
}

/** Their cause may be a line that was passed over. */
const BEYOND = ['NotSimulated', 'SyntaxError', 'NameError', 'TypeError'];

export function runNotebook(notebook: Notebook): NotebookOutcome {
  const session = newSession();
  let seconds = 0;
  for (const line of linesOf(notebook)) {
    const exit = exitOf(line, session);
    if (exit) return { seconds, ...exit };
    const { outcome, seconds: slept } = runCode('python', line, session);
    seconds += slept;
    const error = raised(line) ?? (outcome.kind === 'error' && !BEYOND.includes(outcome.name) ? outcome : undefined);
    if (!error) continue;
    // The message as it was computed, where it could be.
    const message = outcome.kind === 'error' && outcome.name === error.name ? outcome.message : error.message;
    return { seconds, error: { name: error.name, message, line } };
  }
  return { seconds };
}

function raised(line: string): { name: string; message: string } | undefined {
  const [, name, argument = ''] = /^raise\s+(\w+)(?:\(([\s\S]*)\))?\s*$/.exec(line) ?? [];
  return name === undefined ? undefined : { name, message: argument.replaceAll(/^f?["']|["']$/g, '') };
}

/** The statements that stand by themselves: what is indented belongs to a block that is not simulated. */
function linesOf(notebook: Notebook): string[] {
  const python = cellsOf(notebook.source, notebook.language).filter(({ language }) => language === 'PYTHON');
  return python.flatMap(({ text }) => text.split('\n')).filter((line) => /^\S/.test(line) && !/:\s*$/.test(line));
}

/** A value that is beyond the driver is not told, rather than made up. */
function exitOf(line: string, session: Session): { exit?: string } | undefined {
  const value = /^dbutils\.notebook\.exit\(([\s\S]*)\)\s*$/.exec(line)?.[1];
  if (value === undefined) return undefined;
  const { outcome } = runCode('python', `print(${value})`, session);
  return outcome.kind === 'text' ? { exit: outcome.data } : {};
}
