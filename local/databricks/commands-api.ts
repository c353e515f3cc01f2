// Command execution, API 1.2: contexts (a REPL on the driver) and the commands run in them, one after the other.
// Its fields are camelCase and its errors have no code; a command that raised is `Finished` with a result of type `error`.
import { randomUUID } from 'node:crypto';
import type { Cluster } from './cluster.ts';
import { capitalised, noSuchCluster, refusal12 } from './errors.ts';
import { LANGUAGES, newSession, type Outcome, runCode, type Session } from './interpreter.ts';
import { COMMAND_SECONDS, CONTEXTS_PER_CLUSTER } from './refusals.ts';
import type { ApiCall, Route } from './router.ts';
import { demand, type WorkspaceState } from './state.ts';

interface Context {
  readonly id: string;
  readonly clusterId: string;
  /** The Spark driver it lives in: it dies with it. */
  readonly sparkContextId: number;
  readonly language: string;
  readonly session: Session;
  readonly readyAt: number;
  /** When the commands given so far will be through. */
  busyUntil: number;
}

interface Command {
  readonly id: string;
  readonly contextId: string;
  readonly startsAt: number;
  /** Never, if the driver does not answer. */
  readonly endsAt: number;
  readonly outcome: Outcome;
  cancelledAt?: number;
}

/** The REPLs of one workspace. */
interface Repls {
  readonly workspace: WorkspaceState;
  readonly contexts: Map<string, Context>;
  readonly commands: Map<string, Command>;
}

type Fields = Record<string, unknown>;

export function commandRoutes(workspace: WorkspaceState): Route[] {
  const repls: Repls = { workspace, contexts: new Map(), commands: new Map() };
  const get = (path: string, serve: (fields: Fields, repls: Repls) => unknown): Route => {
    const fields = ({ query }: ApiCall) => Object.fromEntries(query);
    return { method: 'GET', path: `/api/1.2/${path}`, limit: 'commands', serve: (call) => serve(fields(call), repls) };
  };
  const post = (path: string, serve: (fields: Fields, repls: Repls) => unknown): Route => {
    return { method: 'POST', path: `/api/1.2/${path}`, limit: 'commands', serve: ({ body }) => serve(body, repls) };
  };
  return [
    post('contexts/create', createContext),
    get('contexts/status', contextStatus),
    post('contexts/destroy', destroyContext),
    post('commands/execute', execute),
    get('commands/status', commandStatus),
    post('commands/cancel', cancel),
  ];
}

function createContext(fields: Fields, repls: Repls): unknown {
  const { workspace, contexts } = repls;
  const { id: clusterId, sparkContextId } = demand(
    readyCluster(workspace, fields.clusterId),
    'CAN_ATTACH_TO',
    workspace.caller,
  );
  const language = String(fields.language ?? 'python');
  if (!LANGUAGES.includes(language)) throw refusal12(400, `IllegalArgumentException: unknown language ${language}`);
  forgetDead(repls);
  const open = [...contexts.values()].filter((context) => context.clusterId === clusterId).length;
  if (open >= CONTEXTS_PER_CLUSTER) throw refusal12(500, `Too many execution contexts are open right now (${open}).`);
  const id = newId();
  const readyAt = later(workspace, COMMAND_SECONDS.contextPending);
  contexts.set(id, { id, clusterId, sparkContextId, language, session: newSession(), readyAt, busyUntil: readyAt });
  return { id };
}

function contextStatus(fields: Fields, repls: Repls): unknown {
  const { id, readyAt } = contextOf(fields, repls);
  return { id, status: repls.workspace.clock.now() < readyAt ? 'Pending' : 'Running' };
}

function destroyContext(fields: Fields, repls: Repls): unknown {
  const { id } = contextOf(fields, repls);
  repls.contexts.delete(id);
  forgetDead(repls);
  return { id };
}

/** Computed at once, and shown when its time has come. */
function execute(fields: Fields, repls: Repls): unknown {
  const { workspace, commands } = repls;
  const context = contextOf(fields, repls);
  if (typeof fields.command !== 'string') throw refusal12(400, 'IllegalArgumentException: command is missing');
  const id = newId();
  const startsAt = Math.max(later(workspace, COMMAND_SECONDS.queued), context.busyUntil);
  const { outcome, seconds } = runCode(String(fields.language ?? context.language), fields.command, context.session);
  const answers = workspace.clusters.get(context.clusterId).driverAnswers;
  const endsAt = answers ? later(workspace, COMMAND_SECONDS.running + seconds, startsAt) : Number.POSITIVE_INFINITY;
  context.busyUntil = endsAt;
  commands.set(id, { id, contextId: context.id, startsAt, endsAt, outcome });
  return { id };
}

function commandStatus(fields: Fields, repls: Repls): unknown {
  const command = commandOf(fields, repls);
  const status = stageOf(command, repls.workspace);
  return { id: command.id, status, results: status === 'Finished' ? resultOf(command.outcome) : null };
}

function cancel(fields: Fields, repls: Repls): unknown {
  const { workspace, contexts } = repls;
  const command = commandOf(fields, repls);
  if (workspace.clock.now() >= command.endsAt) return { id: command.id };
  command.cancelledAt ??= workspace.clock.now();
  const context = contexts.get(command.contextId);
  if (context) context.busyUntil = Math.min(context.busyUntil, later(workspace, COMMAND_SECONDS.cancelling));
  return { id: command.id };
}

function contextOf(fields: Fields, { workspace, contexts }: Repls): Context {
  const cluster = readyCluster(workspace, fields.clusterId);
  const context = contexts.get(String(fields.contextId));
  if (context?.clusterId === cluster.id && isAlive(context, cluster)) return context;
  throw refusal12(500, `ContextNotFound: no execution context ${fields.contextId} on cluster ${cluster.id}`);
}

function commandOf(fields: Fields, repls: Repls): Command {
  const context = contextOf(fields, repls);
  const command = repls.commands.get(String(fields.commandId));
  if (command?.contextId === context.id) return command;
  throw refusal12(500, `CommandNotFound: no command ${fields.commandId} in context ${context.id}`);
}

/** Contexts end with their driver; those nobody can reach any more are forgotten here. */
function forgetDead({ workspace, contexts, commands }: Repls): void {
  for (const context of contexts.values()) {
    const cluster = workspace.clusters.find(context.clusterId);
    if (!cluster || !isAlive(context, cluster)) contexts.delete(context.id);
  }
  for (const command of commands.values()) if (!contexts.has(command.contextId)) commands.delete(command.id);
}

/** The words of the real refusal; SDKs take `ClusterNotReadyException` for transient and try again. [dbt-databricks#347] */
function readyCluster(workspace: WorkspaceState, id: unknown): Cluster {
  const cluster = workspace.clusters.find(String(id));
  if (!cluster) throw refusal12(400, noSuchCluster(String(id)).message);
  if (cluster.state === 'RUNNING' || cluster.state === 'RESIZING') return cluster;
  const state = capitalised(cluster.state);
  throw refusal12(
    500,
    `ClusterNotReadyException: Cluster ${cluster.id} not currently ready for driver client (currently ${state})`,
  );
}

function isAlive(context: Context, cluster: Cluster): boolean {
  return (
    context.sparkContextId === cluster.sparkContextId && (cluster.state === 'RUNNING' || cluster.state === 'RESIZING')
  );
}

function stageOf(command: Command, workspace: WorkspaceState): string {
  const now = workspace.clock.now();
  if (command.cancelledAt !== undefined) {
    return now < later(workspace, COMMAND_SECONDS.cancelling, command.cancelledAt) ? 'Cancelling' : 'Cancelled';
  }
  if (now < command.startsAt) return 'Queued';
  return now < command.endsAt ? 'Running' : 'Finished';
}

function later({ clock, timeScale }: WorkspaceState, seconds: number, from = clock.now()): number {
  return from + (seconds * 1000) / timeScale;
}

function newId(): string {
  return randomUUID().replaceAll('-', '');
}

function resultOf(outcome: Outcome): unknown {
  switch (outcome.kind) {
    case 'text':
      return { resultType: 'text', data: outcome.data };
    case 'table':
      return {
        resultType: 'table',
        data: outcome.rows.map((row) => row.map(({ value }) => value)),
        schema: outcome.columns.map(({ name, type }) => ({
          name,
          type: JSON.stringify(type.toLowerCase()),
          metadata: '{}',
        })),
        truncated: false,
        isJsonSchema: true,
      };
    case 'error':
      return {
        resultType: 'error',
        summary: `<span class="ansi-red-fg">${outcome.name}</span>: ${outcome.message}`,
        cause: `${'-'.repeat(75)}\n${outcome.name}: ${outcome.message}`,
      };
  }
}
