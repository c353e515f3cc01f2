// Whose failure a notice tells: a component of the estate that it names, else what it is itself.
import type { Estate } from '../../estate/estate.ts';
import { findComponents, workspacesOf } from '../../estate/lookup.ts';
import { hashOf, isClusterId } from '../../ids.ts';
import { sessionIdOf } from '../../incidents/subject.ts';
import type { AzureSignal, ComponentSignal } from '../signal.ts';
import type { NoticeJudgement } from './judge-notice.ts';
import { type AzureNotice, noticeLimits } from './notice.ts';

/** A name is shown to people; a signal carries so much of it. */
const NAME_LIMIT = 200;

/** The failure or the recovery that a notice means, under the id of the signal that told it. */
export function signalOfNotice(
  { id, source, receivedAt, correlationId, wholeBody }: AzureSignal,
  notice: AzureNotice,
  judgement: Exclude<NoticeJudgement, { is: 'recorded' }>,
  { text, estate }: { readonly text: string; readonly estate: Estate },
): ComponentSignal {
  const { kind, componentId, workspace, name } = subjectOfNotice(notice, estate);
  const fields = {
    schemaVersion: 1,
    id,
    source,
    receivedAt,
    correlationId,
    rawSubject: sessionIdOf(`${kind}/${componentId}`),
    ...(workspace === undefined ? {} : { workspace }),
    ...(wholeBody === undefined ? {} : { wholeBody }),
    event: judgement.is === 'failure' ? 'azure.active' : 'azure.over',
    state: notice.status ?? notice.phase,
    text,
    alert: notice.key,
    ...(judgement.is === 'failure' ? { failureClass: judgement.failureClass } : {}),
  } as const;
  if (kind === 'cluster' && isClusterId(componentId)) {
    return { ...fields, kind, clusterId: componentId, terminatedAt: notice.at };
  }
  const named = name === undefined ? {} : { componentName: name.slice(0, NAME_LIMIT) };
  return { ...fields, kind: kind === 'cluster' ? 'azure-alert' : kind, componentId, ...named, failedAt: notice.at };
}

interface NoticeSubject {
  readonly kind: ComponentSignal['kind'];
  readonly componentId: string;
  readonly workspace?: string | undefined;
  readonly name?: string;
}

function subjectOfNotice(notice: AzureNotice, estate: Estate): NoticeSubject {
  const { component, sort, title } = notice;
  if (component && concernsEstate(component, estate)) {
    const { kind, id: componentId } = component;
    return { kind, componentId, workspace: workspaceNamed(component.workspace, estate) };
  }
  if (sort === 'service-health') return { kind: 'service-health', componentId: idOf(notice), name: title };
  return { kind: 'azure-alert', componentId: idOf(notice), name: title };
}

/** Listed, or said to be of a workspace of the estate; clusters and jobs of no named workspace are asked for. */
function concernsEstate({ kind, id, workspace }: NonNullable<AzureNotice['component']>, estate: Estate): boolean {
  if (workspace !== undefined) return workspaceNamed(workspace, estate) !== undefined;
  return kind === 'cluster' || kind === 'job' || findComponents(estate, kind, id).length > 0;
}

/** Its name as the estate writes it: ARM does not care for capitals. */
function workspaceNamed(name: string | undefined, estate: Estate): string | undefined {
  const places = workspacesOf(estate).map(({ workspace }) => workspace.name);
  return places.find((known) => known.toLowerCase() === name?.toLowerCase());
}

/** The part of its key that is its own; of a health or of a stranger under the name of its sort, since alerts have theirs. */
function idOf({ key, sort }: AzureNotice): string {
  const own = key.slice(key.indexOf('/') + 1);
  const id = sort === 'alert' || sort === 'service-health' ? own : key.replaceAll('/', '-');
  return id.length <= noticeLimits.key ? id : hashOf(id);
}
