// What a client may attach to, by address and direction: `$cbs`, `<entity>/$management`, and entities themselves.
import type { Receiver, Sender } from 'rhea';
import { managedPath } from '../entities.ts';
import { Refusal, refusals } from '../refusals.ts';
import type { Attaching } from './attaching.ts';
import { manage } from './management.ts';
import { serveReceives } from './receives.ts';
import { type Answer, type Request, type Spelling, serveReplies, serveRequests } from './requests.ts';
import { serveSends } from './sends.ts';
import type { Serving } from './serving.ts';
import { SESSION_FILTER, SessionLink } from './session-receives.ts';

const CBS = '$cbs';
const CBS_SPELLING: Spelling = {
  status: 'status-code',
  description: 'status-description',
  condition: 'error-condition',
};
const MANAGEMENT_SPELLING: Spelling = {
  status: 'statusCode',
  description: 'statusDescription',
  condition: 'errorCondition',
};
const ACCEPTED_STATUS = 202;

/** The client sends. */
export function admitSender(attaching: Attaching<Receiver>, serving: Serving): void {
  const address = String(attaching.link.target?.address ?? '');
  orRefuse(attaching, () => {
    if (address === CBS)
      return serveRequests(attaching, serving, CBS_SPELLING, (request) => putToken(request, serving));
    const managed = managedPath(address);
    serving.grants.check(address);
    const entity = serving.namespace.entities.find(managed ?? address);
    if (managed === undefined) return serveSends(attaching, entity, serving);
    serveRequests(attaching, serving, MANAGEMENT_SPELLING, (request) =>
      manage(entity, request, serving.namespace.tally),
    );
  });
}

/** The client receives. */
export function admitReceiver(attaching: Attaching<Sender>, serving: Serving): void {
  const { link } = attaching;
  const address = String(link.source?.address ?? '');
  orRefuse(attaching, () => {
    if (address === CBS) return serveReplies(attaching, serving);
    serving.grants.check(address);
    const managed = managedPath(address);
    const entity = serving.namespace.entities.find(managed ?? address);
    if (managed !== undefined) return serveReplies(attaching, serving);
    const { sessions } = entity.queue;
    const filter: Record<string, unknown> = link.source?.filter ?? {};
    if (SESSION_FILTER in filter !== Boolean(sessions))
      throw sessions ? refusals.needsSession() : refusals.hasNoSessions();
    if (sessions) {
      const wanted = filter[SESSION_FILTER];
      const sessionLink = new SessionLink(attaching, entity, sessions, serving);
      if (typeof wanted === 'string' && wanted !== '') sessionLink.acceptNamed(wanted);
      else sessionLink.acceptNext();
    } else {
      attaching.admit();
      serving.whenGone(link, serveReceives(link, entity, serving));
    }
  });
}

function putToken({ properties, body }: Request, serving: Serving): Answer {
  if (properties.operation !== 'put-token') throw refusals.unknownOperation(String(properties.operation));
  serving.grants.put(String(properties.name), properties.type, body);
  return { status: ACCEPTED_STATUS };
}

function orRefuse(attaching: Attaching, admit: () => void): void {
  try {
    admit();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    attaching.refuse(error);
  }
}
