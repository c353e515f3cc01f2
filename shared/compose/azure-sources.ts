// Who tells of Azure to whoever asks: its events and alerts, links of the network, and the status page. Nothing is asked before the timer does.
import { ArmReader } from '../adapters/arm/arm-reader.ts';
import { fixedToken, managedIdentityTokens } from '../adapters/arm/tokens.ts';
import { ArmAzureEvents } from '../adapters/azure-monitor/arm-azure-events.ts';
import { ArmNetworkLinks } from '../adapters/azure-network/arm-network-links.ts';
import { StatusIoPage } from '../adapters/status-page/status-io-page.ts';
import type { Config } from '../config.ts';
import { subscriptionsOf } from '../domain/estate/lookup.ts';
import { CONNECTIVITY_LIMIT_SECONDS } from '../domain/probes/figures.ts';
import type { AzureEvents } from '../ports/azure-events.ts';
import type { Clock } from '../ports/clock.ts';
import type { NetworkLinks } from '../ports/network-links.ts';
import type { StatusPage } from '../ports/status-page.ts';

export interface AzureSources {
  readonly azureEvents: AzureEvents;
  readonly links: NetworkLinks;
  readonly statusPage: StatusPage | undefined;
}

export function openAzureSources({ azure, estate }: Config, clock: Clock): AzureSources {
  const { armOrigin: origin, armCredentials: given, statusPageUrl: url } = azure;
  const tokens = given === 'managed-identity' ? managedIdentityTokens(origin) : fixedToken(given.token.reveal());
  const reader = new ArmReader({ origin, tokens });
  return {
    azureEvents: new ArmAzureEvents({ reader, subscriptions: subscriptionsOf(estate), now: () => clock.now() }),
    links: new ArmNetworkLinks(new ArmReader({ origin, tokens, budgetSeconds: CONNECTIVITY_LIMIT_SECONDS })),
    statusPage: url === undefined ? undefined : new StatusIoPage({ url }),
  };
}

/** What is not read because nobody has said where it is. */
export function azureSourceNotes({ estate }: Pick<Config, 'estate'>): string[] {
  if (subscriptionsOf(estate).length > 0) return [];
  return ['What action groups fail to send is not found: no workspace of the estate has a subscriptionId to read.'];
}
