// Looks whether the critical notebooks are there and unchanged (B3): folders are listed, a source is read only when its mark has changed,
// permissions in turn, since nothing tells of their change.
// What was accepted, by a person or by a maintenance window, becomes the last good one.
import type { Estate } from '../../domain/estate/estate.ts';
import { digestOf, hashOf, signalIdOf } from '../../domain/ids.ts';
import { sessionIdOf } from '../../domain/incidents/subject.ts';
import {
  isAccessTurn,
  isUnchanged,
  markOf,
  type NotebookFacts,
  notebookFactsOf,
  sameAccess,
} from '../../domain/inventory/notebook-copy.ts';
import type { ComponentEvent } from '../../domain/signals/component-events.ts';
import { windowAround } from '../../domain/standing-orders/orders-over.ts';
import type { StandingOrder } from '../../domain/standing-orders/standing-order.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { IncidentStore } from '../../ports/incident-store.ts';
import type { Inventory, LastGoodSummary } from '../../ports/inventory.ts';
import type { SignalStore } from '../../ports/signal-store.ts';
import type { Workspace } from '../../ports/workspace.ts';
import type { NotebookStatus } from '../../ports/workspace-notebooks.ts';
import { signalMessage } from '../accept-signal.ts';
import { isAccepted } from './accepted.ts';
import { isWanted, isWithin, presentIn, type Wanted, wantedIn } from './present-notebooks.ts';
import { Refusals } from './refusals.ts';
import type { Found } from './warehouses.ts';

export interface NotebookPollPorts {
  readonly estate: Estate;
  readonly inventory: Inventory;
  readonly incidents: IncidentStore;
  readonly signals: SignalStore;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly orders: readonly StandingOrder[];
}

/** What came back so shortly ago is perhaps still being given its permissions. */
const FRESH_MS = 3_600_000;

interface Poll extends NotebookPollPorts {
  readonly workspace: Workspace;
}

export async function pollNotebooks(
  ports: NotebookPollPorts,
  workspace: Workspace,
  goOn: () => Promise<void>,
): Promise<Found> {
  const poll = { ...ports, workspace };
  const wanted = wantedIn(ports.estate, workspace.name);
  if (wanted.listed.size === 0 && wanted.folders.length === 0) return { failures: 0, sent: 0 };
  const refusals = new Refusals();
  const { present, hidden } = await presentIn(workspace, wanted, refusals);
  const known = await knownIn(ports.inventory, workspace.name);
  const found = { failures: 0, sent: 0 };
  for (const path of new Set([...present.keys(), ...known.keys(), ...wanted.listed.keys()])) {
    const status = present.get(path);
    // Where nobody may look, nobody can say that it is missing.
    if (!status && isWithin(path, hidden)) continue;
    const name = wanted.listed.get(path) ?? path.slice(path.lastIndexOf('/') + 1);
    const now = ports.clock.now();
    if (isAccessTurn(path, now) || mayBeRead(status, known.get(path), now)) await goOn();
    const pair = { path, name, status, good: known.get(path) };
    const event = await refusals.past(async () => await compare(poll, pair, wanted));
    if (!event) continue;
    found.sent += 1;
    if (event !== 'notebook.as_before') found.failures += 1;
  }
  return { ...found, refused: refusals.told };
}

/** Only these cost calls: thousands that have not changed are compared at once. */
function mayBeRead(status: NotebookStatus | undefined, good: LastGoodSummary | undefined, now: Date): boolean {
  const facts = good && notebookFactsOf(good.facts);
  return !status || !facts || !isUnchanged(status, facts, now);
}

async function knownIn(inventory: Inventory, workspace: string): Promise<Map<string, LastGoodSummary>> {
  const known = new Map<string, LastGoodSummary>();
  for await (const page of inventory.list(workspace, 'notebook')) for (const good of page) known.set(good.id, good);
  return known;
}

interface Pair {
  readonly path: string;
  readonly name: string;
  readonly status: NotebookStatus | undefined;
  readonly good: LastGoodSummary | undefined;
}

interface KnownPair extends Pair {
  readonly good: LastGoodSummary;
}

/** The event that was sent, if any. */
async function compare(poll: Poll, pair: Pair, wanted: Wanted): Promise<ComponentEvent | undefined> {
  const { path, status, good } = pair;
  if (!isWanted(path, wanted)) {
    await poll.inventory.forget({ workspace: poll.workspace.name, kind: 'notebook', id: path });
    return undefined;
  }
  const facts = good && notebookFactsOf(good.facts);
  if (!status) return await missing(poll, pair, facts);
  if (!good || !facts) {
    const source = await poll.workspace.notebooks.source(path);
    if (source !== undefined) await keep(poll, pair, status, source);
    return undefined;
  }
  const isLikeBefore = !facts.trouble && isUnchanged(status, facts, poll.clock.now());
  if (!isLikeBefore) return await changed(poll, { ...pair, good }, status, facts);
  await keepAccess(poll, { ...pair, good }, status, facts);
  return undefined;
}

/** Told once for each time that it goes; in a maintenance window nothing is: what is not back after it is found then. */
async function missing(poll: Poll, pair: Pair, facts: NotebookFacts | undefined): Promise<ComponentEvent | undefined> {
  if (facts?.trouble === 'missing') return undefined;
  const about = { component: keyOf(poll, pair), at: poll.clock.now() };
  if (windowAround(poll.estate, poll.orders, about)) return undefined;
  if (!(await tell(poll, pair, 'notebook.missing', pair.good?.seenAt ?? 'never-seen'))) return undefined;
  await note(poll, pair, 'missing');
  return 'notebook.missing';
}

async function changed(
  poll: Poll,
  pair: KnownPair,
  status: NotebookStatus,
  facts: NotebookFacts,
): Promise<ComponentEvent | undefined> {
  const source = await poll.workspace.notebooks.source(pair.path);
  if (source === undefined) return undefined;
  const sha256 = digestOf(Buffer.from(source, 'utf8'));
  if (sha256 === pair.good.sha256) return await well(poll, { ...pair, source }, status, facts);
  // The same change, taken back and made again, is another one: its mark is newer then.
  const key = `${sha256}|${facts.mark}`;
  if (await isAccepted(poll, signalIdFor(poll, pair, 'notebook.changed', key))) {
    await keep(poll, pair, status, source);
    return undefined;
  }
  if (!(await tell(poll, pair, 'notebook.changed', key))) return undefined;
  await note(poll, pair, 'changed');
  return 'notebook.changed';
}

/** As before, perhaps as a new object with its old permissions: its mark is kept, and that it is well again is told where it was in trouble. */
async function well(
  poll: Poll,
  pair: KnownPair & { readonly source: string },
  status: NotebookStatus,
  { trouble, ...facts }: NotebookFacts,
): Promise<ComponentEvent | undefined> {
  const { good, source: content } = pair;
  const now = poll.clock.now();
  const key = `${status.objectId}@${status.modifiedAt ?? ''}|${trouble}|${good.seenAt}`;
  if (trouble) await tell(poll, pair, 'notebook.as_before', key);
  await poll.inventory.keep({
    ...good,
    content,
    seenAt: now.toISOString(),
    facts: { ...facts, mark: markOf(status, now) },
  });
  return trouble ? 'notebook.as_before' : undefined;
}

async function keep(poll: Poll, pair: Pair, status: NotebookStatus, source: string): Promise<void> {
  const access = await poll.workspace.notebooks.access(status.objectId);
  const mark = markOf(status, poll.clock.now());
  const facts: NotebookFacts = { language: status.language, mark, access: [...access] };
  const sha256 = digestOf(Buffer.from(source, 'utf8'));
  await poll.inventory.keep({
    ...keyOf(poll, pair),
    name: pair.name,
    seenAt: nowOf(poll),
    sha256,
    content: source,
    facts,
  });
}

/** What somebody gave or took since is what it has: a restored one must not give it back to who has lost it. */
async function keepAccess(
  poll: Poll,
  pair: KnownPair,
  { objectId }: NotebookStatus,
  facts: NotebookFacts,
): Promise<void> {
  const now = poll.clock.now();
  const isFresh = now.getTime() - Date.parse(pair.good.seenAt) < FRESH_MS;
  if (isFresh || !isAccessTurn(pair.path, now)) return;
  const access = await poll.workspace.notebooks.access(objectId);
  if (sameAccess(access, facts.access)) return;
  const good = await poll.inventory.lastGood(keyOf(poll, pair));
  if (good) await poll.inventory.keep({ ...good, seenAt: nowOf(poll), facts: { ...facts, access: [...access] } });
}

async function note(poll: Poll, pair: Pair, trouble: 'missing' | 'changed'): Promise<void> {
  const good = await poll.inventory.lastGood(keyOf(poll, pair));
  if (good) await poll.inventory.keep({ ...good, seenAt: nowOf(poll), facts: { ...good.facts, trouble } });
}

/** Whether it was sent just now: the same finding is sent once. */
async function tell(poll: Poll, pair: Pair, event: ComponentEvent, key: string): Promise<boolean> {
  const id = signalIdFor(poll, pair, event, key);
  if (await poll.signals.get(id)) return false;
  await poll.bus.send([
    signalMessage({
      schemaVersion: 1,
      kind: 'notebook',
      id,
      source: 'poll',
      receivedAt: nowOf(poll),
      correlationId: id,
      rawSubject: sessionIdOf(`notebook/${pair.path}`),
      workspace: poll.workspace.name,
      event,
      componentId: pair.path,
      componentName: pair.name.slice(0, 200),
    }),
  ]);
  return true;
}

function signalIdFor({ workspace }: Poll, { path }: Pair, event: ComponentEvent, key: string) {
  return signalIdOf(hashOf(`poll|notebook|${workspace.name}|${path}|${event}|${key}`));
}

function keyOf({ workspace }: Poll, { path }: Pair) {
  return { workspace: workspace.name, kind: 'notebook', id: path } as const;
}

function nowOf({ clock }: NotebookPollPorts): string {
  return clock.now().toISOString();
}
