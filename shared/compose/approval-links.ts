// Links to approve or reject by are sent where an address and a secret are set; without them all else works, and readiness says so.
import type { Config } from '../config.ts';
import { DecisionLinks } from '../domain/notification/decision-links.ts';

type LinkConfig = Pick<Config, 'publicUrl' | 'approvalLinkSecrets'>;

/** Undefined while no links are set up. */
export function openDecisionLinks({ publicUrl, approvalLinkSecrets }: LinkConfig): DecisionLinks | undefined {
  const [newest, ...older] = approvalLinkSecrets;
  return publicUrl === undefined || newest === undefined ? undefined : new DecisionLinks(publicUrl, [newest, ...older]);
}

/** Why there are none, for whoever asks whether Lakewarden is ready. */
export function approvalLinkNotes({ publicUrl, approvalLinkSecrets }: LinkConfig): string[] {
  const missing = [
    ...(publicUrl === undefined ? ['PUBLIC_URL'] : []),
    ...(approvalLinkSecrets.length === 0 ? ['APPROVAL_LINK_SECRET'] : []),
  ];
  if (missing.length === 0) return [];
  return [`Messages carry no link to approve or reject by: ${missing.join(' and ')} not set. The API takes decisions.`];
}
