// Findings from what the activity log told: deeds on networks, name resolution, access and storage that may concern a workspace.
import type { Finding } from '../../domain/posture/finding.ts';
import type { AzureNotice } from '../../domain/signals/azure/notice.ts';
import type { Findings } from '../../ports/findings.ts';
import type { NoticeStore } from '../../ports/notice-store.ts';

const PAGE = 100;
const MOST = 5;
/** Deeds on these may cut a workspace off; whose they are cannot be told from their id, so all of them are shown. */
const AROUND =
  /\/providers\/microsoft\.(network|databricks|storage|keyvault|authorization|managedidentity|privatedns)\//;

export class ChangesTold implements Findings {
  readonly #notices: NoticeStore;

  constructor(notices: NoticeStore) {
    this.#notices = notices;
  }

  async between(_workspace: string, from: string, until: string): Promise<readonly Finding[]> {
    const { notices } = await this.#notices.list({ since: from }, PAGE);
    return notices
      .filter((notice) => notice.at <= until && isChangeAround(notice))
      .slice(0, MOST)
      .map(({ at, title, targets }) => ({ at, source: 'activity-log', text: `${title} on ${targets.join(', ')}` }));
  }
}

/** One deed is told when it begins and when it is done; one that failed changed nothing. */
function isChangeAround({ sort, isTest, targets, status }: AzureNotice): boolean {
  const isDone = !/^(failed|started|accepted)$/i.test(status ?? '');
  return sort === 'activity' && !isTest && isDone && targets.some((target) => AROUND.test(target));
}
