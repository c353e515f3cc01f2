// One command in a context of its own (API 1.2): does the driver answer? The context is always taken away again, since a
// cluster holds 145 of them at most (facts/databricks.md 4); the SDK's waiters are not used (1.5).
import type * as z from 'zod';
import { Refused, Unavailable } from '../../domain/errors.ts';
import type { ClusterId } from '../../domain/ids.ts';
import type { CommandAnswer } from '../../ports/answers.ts';
import type { Call, WorkspaceCalls } from './calls.ts';
import type { Failure } from './translate.ts';
import * as wire from './wire.ts';

const POLL_MS = 1_000;
/** Cleaning up comes on top of the caller's timeout, so it is kept short. */
const DESTROY_SECONDS = 5;
const MAX_TEXT = 2_000;
/** A call cut off by the timeout ends a little before or after it: timers are not exact. */
const LAST_MOMENT_SECONDS = 0.1;

export interface Command {
  readonly clusterId: ClusterId;
  readonly code: string;
  readonly timeoutSeconds: number;
}

type Asked<T> = { readonly done: true; readonly value: T } | { readonly done: false; readonly because: string };

/** Throws what the port says; a driver that refuses, fails or stays silent is an answer, not an error. */
export async function runCommand(calls: WorkspaceCalls, command: Command): Promise<CommandAnswer> {
  const talk = new Conversation(calls, command);
  const context = await talk.ask('contexts/create', { language: 'python' }, wire.idAnswer);
  if (!context.done) return unanswered(context.because);
  try {
    return await runIn(talk, context.value.id, command.code);
  } finally {
    await talk.destroy(context.value.id);
  }
}

async function runIn(talk: Conversation, contextId: string, command: string): Promise<CommandAnswer> {
  const ready = await talk.poll(
    'contexts/status',
    { contextId },
    wire.contextAnswer,
    ({ status }) => status !== 'Pending',
  );
  if (!ready.done) return unanswered(ready.because);
  if (ready.value.status === 'Error') return unanswered('the execution context could not be created');
  const sent = await talk.ask('commands/execute', { contextId, language: 'python', command }, wire.idAnswer);
  if (!sent.done) return unanswered(sent.because);
  const ended = await talk.poll('commands/status', { contextId, commandId: sent.value.id }, wire.commandAnswer, isOver);
  return ended.done ? read(ended.value) : unanswered(ended.because);
}

type CommandStatus = z.output<typeof wire.commandAnswer>;

function isOver({ status }: CommandStatus): boolean {
  return status === 'Finished' || status === 'Error' || status === 'Cancelled';
}

/** What a command that ran properly answers with (docs.databricks.com/api/azure/workspace/commandexecution). */
const RESULTS = new Set(['text', 'table', 'image', 'images']);

/** A command that raised is `Finished`, with a result of type `error`. */
function read({ status, results }: CommandStatus): CommandAnswer {
  if (status !== 'Finished') return unanswered(`the command ended as ${status}`);
  if (results?.resultType === 'error')
    return unanswered(plain(results.summary ?? results.cause ?? 'an error without words'));
  if (!RESULTS.has(results?.resultType ?? '')) return unanswered('the command ended without a result');
  const data = results?.data ?? '';
  return { answered: true, text: typeof data === 'string' ? data : JSON.stringify(data) };
}

/** The summary comes with the notebook's markup around it. */
function plain(words: string): string {
  return words.replace(/<[^<>]*>/g, '').trim();
}

function unanswered(because: string): CommandAnswer {
  return { answered: false, because: because.slice(0, MAX_TEXT) };
}

/** API 1.2 answers these with 500, though asking again helps as little as with a 400 (dbt-databricks#347). */
const NOT_READY = /ClusterNotReady|ContextNotFound|CommandNotFound|too many execution contexts/i;

/** 400 and 404 are about this cluster (not running, context gone): that is an answer. 401 and 403 are about us. */
function isAboutTheCluster({ error, status, detail }: Failure): boolean {
  if (error instanceof Refused) return status === 400 || status === 404;
  return status === 500 && NOT_READY.test(detail);
}

/** The calls about one command, all inside its timeout. */
class Conversation {
  readonly #calls: WorkspaceCalls;
  readonly #clusterId: ClusterId;
  readonly #timeoutSeconds: number;
  readonly #endsAt: number;

  constructor(calls: WorkspaceCalls, { clusterId, timeoutSeconds }: Command) {
    this.#calls = calls;
    this.#clusterId = clusterId;
    this.#timeoutSeconds = timeoutSeconds;
    this.#endsAt = calls.now() + timeoutSeconds * 1_000;
  }

  /** A POST that must not be repeated blindly: each makes something. */
  async ask<Schema extends z.ZodType>(
    verb: string,
    body: Record<string, string>,
    schema: Schema,
  ): Promise<Asked<z.output<Schema>>> {
    return this.#send(schema, {
      method: 'POST',
      path: `/api/1.2/${verb}`,
      body: { clusterId: this.#clusterId, ...body },
      repeatable: false,
    });
  }

  async poll<Schema extends z.ZodType>(
    verb: string,
    query: Record<string, string>,
    schema: Schema,
    isEnough: (value: z.output<Schema>) => boolean,
  ): Promise<Asked<z.output<Schema>>> {
    const call: Call = {
      method: 'GET',
      path: `/api/1.2/${verb}`,
      query: { clusterId: this.#clusterId, ...query },
      repeatable: true,
    };
    for (;;) {
      const asked = await this.#send(schema, call);
      if (!asked.done || isEnough(asked.value)) return asked;
      await this.#calls.pause(Math.min(POLL_MS, this.#secondsLeft() * 1_000));
    }
  }

  /** Best effort: the answer is known already, and the cluster drops contexts with its driver. */
  async destroy(contextId: string): Promise<void> {
    const body = { clusterId: this.#clusterId, contextId };
    await this.#calls.ask({
      method: 'POST',
      path: '/api/1.2/contexts/destroy',
      body,
      repeatable: true,
      budgetSeconds: DESTROY_SECONDS,
    });
  }

  async #send<Schema extends z.ZodType>(schema: Schema, call: Call): Promise<Asked<z.output<Schema>>> {
    const answer = await this.#calls.ask({ ...call, budgetSeconds: this.#secondsLeft() });
    return answer.ok ? this.#value(schema, answer.body) : this.#excuse(answer.failure);
  }

  #value<Schema extends z.ZodType>(schema: Schema, body: unknown): Asked<z.output<Schema>> {
    const parsed = schema.safeParse(body);
    if (parsed.success) return { done: true, value: parsed.data };
    throw new Unavailable('workspace-unavailable', 'the workspace answered a command with something unexpected');
  }

  #excuse(failure: Failure): Asked<never> {
    if (isAboutTheCluster(failure)) return { done: false, because: failure.detail };
    if (this.#secondsLeft() < LAST_MOMENT_SECONDS) return this.#tooLate();
    throw failure.error;
  }

  #tooLate(): Asked<never> {
    return { done: false, because: `no answer within ${this.#timeoutSeconds} s` };
  }

  #secondsLeft(): number {
    return (this.#endsAt - this.#calls.now()) / 1_000;
  }
}
