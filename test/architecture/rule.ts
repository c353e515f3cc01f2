// A rule of the architecture: a sentence, what finds its faults, and sources that prove that it finds them.
import type { SourceFile } from './source.ts';

/** Path -> text of sources that exist only in memory. */
export type Planted = Readonly<Record<string, string>>;

export interface Rule {
  readonly sentence: string;
  /** One line a fault: `path:line: words`. */
  faults(files: readonly SourceFile[]): string[];
  /** Each of these breaks the rule. */
  readonly caught: readonly Planted[];
  /** Each of these keeps it, although it looks close. */
  readonly allowed: readonly Planted[];
}

/** A rule that looks at one file at a time. */
export function perFile(faultsOf: (file: SourceFile) => string[]): Rule['faults'] {
  return (files) => files.flatMap(faultsOf);
}

export function isIn(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
}
