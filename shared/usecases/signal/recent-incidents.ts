// What this process last wrote about a subject, so that a flood about one subject is not read again for every report.
// Rule kept here: only a merge may rely on it. It is a commit under the remembered version, and conflicts when somebody has written since.
import type { IncidentFile } from '../../ports/incident-store.ts';

/** Files are small; what is not remembered is read. */
const MOST = 200;

export class RecentIncidents {
  readonly #files = new Map<string, IncidentFile>();

  recall(subject: string): IncidentFile | undefined {
    return this.#files.get(subject);
  }

  /** The subject remembered longest ago makes room. */
  remember(file: IncidentFile): void {
    const { subject } = file.incident;
    this.#files.delete(subject);
    this.#files.set(subject, file);
    const [oldest] = this.#files.keys();
    if (this.#files.size > MOST && oldest !== undefined) this.#files.delete(oldest);
  }

  forget(subject: string): void {
    this.#files.delete(subject);
  }
}
