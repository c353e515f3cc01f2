// AzureEvents over the lists of Resource Manager (facts/azure.md 2.2). An entry that cannot be read is counted and hides no other.
import { changedAt, listedAlertNotice } from '../../domain/signals/azure/listed-alerts.ts';
import type { FinishedNotice } from '../../domain/signals/azure/notice-draft.ts';
import { healthEventNotice } from '../../domain/signals/azure/resource-health-events.ts';
import type { AzureEvents, AzureReading } from '../../ports/azure-events.ts';

/** What reads pages of a list of Resource Manager. */
export interface ArmPages {
  pages(path: string): AsyncIterable<readonly unknown[]>;
}

export interface ArmAzureEventsOptions {
  readonly reader: ArmPages;
  readonly subscriptions: readonly string[];
  readonly now: () => Date;
}

/** github.com/Azure/azure-rest-api-specs, specification/resourcehealth and specification/alertsmanagement. */
const EVENTS_VERSION = '2025-05-01';
const ALERTS_VERSION = '2019-05-05-preview';
/** The most that the list gives at once. */
const ALERTS_PER_PAGE = 250;
/** The longest that it knows: it goes by when an alert began, and one of last week may be over now. */
const ALERTS_BEGUN_WITHIN = '30d';

export class ArmAzureEvents implements AzureEvents {
  readonly subscriptions: readonly string[];
  readonly #options: ArmAzureEventsOptions;

  constructor(options: ArmAzureEventsOptions) {
    this.subscriptions = options.subscriptions;
    this.#options = options;
  }

  /** The list begins with a day. */
  async healthEvents(subscription: string, since: Date): Promise<AzureReading> {
    const day = `${since.getUTCMonth() + 1}/${since.getUTCDate()}/${since.getUTCFullYear()}`;
    const query = new URLSearchParams({ 'api-version': EVENTS_VERSION, queryStartTime: day });
    const path = `/subscriptions/${subscription}/providers/Microsoft.ResourceHealth/events?${query}`;
    const reading = new Reading();
    for await (const page of this.#options.reader.pages(path)) {
      for (const record of page) reading.add(healthEventNotice(record, this.#readAt()));
    }
    return reading;
  }

  /** The newest change comes first, so the first one before `since` ends it: an alert of days ago that is over now is found at once. */
  async alerts(subscription: string, since: Date): Promise<AzureReading> {
    const query = new URLSearchParams({
      'api-version': ALERTS_VERSION,
      timeRange: ALERTS_BEGUN_WITHIN,
      sortBy: 'lastModifiedDateTime',
      sortOrder: 'desc',
      pageCount: String(ALERTS_PER_PAGE),
    });
    const path = `/subscriptions/${subscription}/providers/Microsoft.AlertsManagement/alerts?${query}`;
    const reading = new Reading();
    const earliest = since.toISOString();
    for await (const page of this.#options.reader.pages(path)) {
      for (const record of page) {
        if ((changedAt(record) ?? earliest) < earliest) return reading;
        const notice = listedAlertNotice(record, this.#readAt());
        if (notice !== 'activity-log') reading.add(notice);
      }
    }
    return reading;
  }

  #readAt(): string {
    return this.#options.now().toISOString();
  }
}

class Reading implements AzureReading {
  readonly notices: FinishedNotice[] = [];
  unreadable = 0;

  add(notice: FinishedNotice | undefined): void {
    if (notice) this.notices.push(notice);
    else this.unreadable += 1;
  }
}
