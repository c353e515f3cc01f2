// No file of the project may hold an absolute path of the machine it was written on: it works there and nowhere else.
import { homedir } from 'node:os';
import { type Check, root } from './check.ts';
import { type TextFile, trackedFiles } from './tracked-files.ts';

/**
 * Where people's and build machines' files are. Databricks has `/Users/name@company/...`, `/Shared` and `/Workspace` of its
 * own; those are names in a workspace and no paths of a machine.
 */
const MACHINE_PATHS = [
  /(?<![\w./~-])\/(home|root|work|tmp|mnt|Users)\/(?![^\s/]*@)[\w.-]+/,
  /file:\/\/\/\w+/,
  /\b[A-Z]:\\\\?(Users|work|src|dev|code|projects)\b/i,
];

export const machinePaths: Check = {
  name: 'no machine path in a tracked file',
  faults: async () => pathsIn(await trackedFiles(), [root, homedir()]),
};

/** `own` are folders of this very machine; one of a single segment could be anybody's route (`/app`) and is left out. */
export function pathsIn(files: readonly TextFile[], own: readonly string[]): string[] {
  const telling = own.filter((folder) => folder.split(/[\\/]/).filter(Boolean).length > 1);
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const found = telling.find((folder) => line.includes(folder)) ?? firstMatch(line);
      return found ? [`${path}:${index + 1}: ${found}`] : [];
    }),
  );
}

function firstMatch(line: string): string | undefined {
  for (const pattern of MACHINE_PATHS) {
    const match = pattern.exec(line)?.[0];
    if (match) return match;
  }
  return undefined;
}
