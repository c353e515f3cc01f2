// Findings from what the activity log told: deeds on networks, name resolution, access and storage that may concern a workspace.
import type { Finding } from '../../domain/posture/finding.ts';
import type { AzureNotice } from '../../domain/signals/azure/notice.ts';
import type { Findings } from '../../ports/findings.ts';
import type { NoticeStore } from '../../ports/notice-store.ts';

const PAGE = 200;
const PAGES = 5;
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
    const found: Finding[] = [];
    let continuation: string | undefined;
    // A storm of alerts must not hide a change behind it, nor make an opening read for ever.
    for (let page = 0; page < PAGES; page += 1) {
      const read = await this.#notices.list({ since: from }, PAGE, continuation);
      const changes = read.notices.filter((notice) => notice.at <= until && isChangeAround(notice));
      found.push(...changes.map(findingOf));
      continuation = read.continuation;
      if (continuation === undefined || found.length >= MOST) break;
    }
    return found.slice(0, MOST);
  }
}

function findingOf({ at, title, targets }: AzureNotice): Finding {
  return { at, source: 'activity-log', text: `${title} on ${targets.join(', ')}` };
}

/** One deed is told when it begins and when it is done; one that failed changed nothing. */
function isChangeAround({ sort, isTest, targets, status }: AzureNotice): boolean {
  const isDone = !/^(failed|started|accepted)$/i.test(status ?? '');
  return sort === 'activity' && !isTest && isDone && targets.some((target) => AROUND.test(target));
}
