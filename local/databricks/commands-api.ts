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

export function commandRoutes(workspace: WorkspaceState): Route[] {
  const { clock, timeScale } = workspace;
  const contexts = new Map<string, Context>();
  const commands = new Map<string, Command>();
  const inSeconds = (seconds: number, from = clock.now()) => from + (seconds * 1000) / timeScale;

  function contextOf(fields: Record<string, unknown>): Context {
    const cluster = readyCluster(workspace, fields.clusterId);
    const context = contexts.get(String(fields.contextId));
    if (context?.clusterId === cluster.id && isAlive(context, cluster)) return context;
    throw refusal12(500, `ContextNotFound: no execution context ${fields.contextId} on cluster ${cluster.id}`);
  }

  function commandOf(fields: Record<string, unknown>): Command {
    const context = contextOf(fields);
    const command = commands.get(String(fields.commandId));
    if (command?.contextId === context.id) return command;
    throw refusal12(500, `CommandNotFound: no command ${fields.commandId} in context ${context.id}`);
  }

  /** Contexts end with their driver; those nobody can reach any more are forgotten here. */
  function forgetDead(): void {
    for (const context of contexts.values()) {
      const cluster = workspace.clusters.find(context.clusterId);
      if (!cluster || !isAlive(context, cluster)) contexts.delete(context.id);
    }
    for (const command of commands.values()) if (!contexts.has(command.contextId)) commands.delete(command.id);
  }

  function createContext({ body }: ApiCall): unknown {
    const cluster = demand(readyCluster(workspace, body.clusterId), 'CAN_ATTACH_TO', workspace.caller);
    const language = String(body.language ?? 'python');
    if (!LANGUAGES.includes(language)) throw refusal12(400, `IllegalArgumentException: unknown language ${language}`);
    forgetDead();
    const open = [...contexts.values()].filter(({ clusterId }) => clusterId === cluster.id).length;
    if (open >= CONTEXTS_PER_CLUSTER) throw refusal12(500, `Too many execution contexts are open right now (${open}).`);
    const id = randomUUID().replaceAll('-', '').slice(0, 19);
    const readyAt = inSeconds(COMMAND_SECONDS.contextPending);
    const { sparkContextId } = cluster;
    contexts.set(id, {
      id,
      clusterId: cluster.id,
      sparkContextId,
      language,
      session: newSession(),
      readyAt,
      busyUntil: readyAt,
    });
    return { id };
  }

  function contextStatus({ query }: ApiCall): unknown {
    const context = contextOf(Object.fromEntries(query));
    return { id: context.id, status: clock.now() < context.readyAt ? 'Pending' : 'Running' };
  }

  function destroy({ body }: ApiCall): unknown {
    const context = contextOf(body);
    contexts.delete(context.id);
    forgetDead();
    return { id: context.id };
  }

  function execute({ body }: ApiCall): unknown {
    const context = contextOf(body);
    if (typeof body.command !== 'string') throw refusal12(400, 'IllegalArgumentException: command is missing');
    const id = randomUUID().replaceAll('-', '');
    const startsAt = Math.max(inSeconds(COMMAND_SECONDS.queued), context.busyUntil);
    const answers = workspace.clusters.get(context.clusterId).driverAnswers;
    const { outcome, seconds } = runCode(String(body.language ?? context.language), body.command, context.session);
    const endsAt = answers ? inSeconds(COMMAND_SECONDS.running + seconds, startsAt) : Number.POSITIVE_INFINITY;
    context.busyUntil = endsAt;
    commands.set(id, { id, contextId: context.id, startsAt, endsAt, outcome });
    return { id };
  }

  function commandStatus({ query }: ApiCall): unknown {
    const command = commandOf(Object.fromEntries(query));
    const status = stageOf(command, clock.now(), inSeconds);
    return { id: command.id, status, results: status === 'Finished' ? resultOf(command.outcome) : null };
  }

  function cancel({ body }: ApiCall): unknown {
    const command = commandOf(body);
    const now = clock.now();
    if (now < command.endsAt) {
      command.cancelledAt ??= now;
      const context = contexts.get(command.contextId);
      if (context) context.busyUntil = Math.min(context.busyUntil, inSeconds(COMMAND_SECONDS.cancelling));
    }
    return { id: command.id };
  }

  const route = (method: 'GET' | 'POST', path: string, serve: (call: ApiCall) => unknown): Route => {
    return { method, path: `/api/1.2/${path}`, limit: 'commands', serve };
  };
  return [
    route('POST', 'contexts/create', createContext),
    route('GET', 'contexts/status', contextStatus),
    route('POST', 'contexts/destroy', destroy),
    route('POST', 'commands/execute', execute),
    route('GET', 'commands/status', commandStatus),
    route('POST', 'commands/cancel', cancel),
  ];
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

function stageOf(command: Command, now: number, inSeconds: (seconds: number, from: number) => number): string {
  if (command.cancelledAt !== undefined) {
    return now < inSeconds(COMMAND_SECONDS.cancelling, command.cancelledAt) ? 'Cancelling' : 'Cancelled';
  }
  if (now < command.startsAt) return 'Queued';
  return now < command.endsAt ? 'Running' : 'Finished';
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
