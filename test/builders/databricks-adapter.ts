// Our adapter and the bare SDK, pointed at the same server: a trap is only shut if the bare SDK falls into it and ours does not.
import { ApiClient, Config } from '@databricks/sdk-experimental';
import { afterEach, vi } from 'vitest';
import { DatabricksWorkspace } from '../../shared/adapters/databricks/databricks-workspace.ts';
import type { ObservedCall, WorkspaceOptions } from '../../shared/adapters/databricks/options.ts';
import { type ClusterId, isClusterId } from '../../shared/domain/ids.ts';
import { type Answering, type ScriptedServer, sendJson, startScriptedServer, type Tls } from './scripted-server.ts';

export const TOKEN = 'dapi-test-token';

/** Time that passes only by sleeping. */
interface SleepLog {
  readonly slept: number[];
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly elapsedMilliseconds: () => number;
}

function sleepLog(): SleepLog {
  const slept: number[] = [];
  return {
    slept,
    sleep: async (milliseconds) => {
      slept.push(milliseconds);
    },
    elapsedMilliseconds: () => slept.reduce((sum, one) => sum + one, 0),
  };
}

interface OurSide {
  readonly workspace: DatabricksWorkspace;
  readonly calls: ObservedCall[];
  readonly time: SleepLog;
}

/** Pauses take no time, deadlines are real. */
export function ourSide(host: string, options: Partial<WorkspaceOptions> = {}): OurSide {
  const time = sleepLog();
  const calls: ObservedCall[] = [];
  const workspace = new DatabricksWorkspace({
    name: 'primary',
    host,
    credentials: { token: TOKEN },
    // Tests that are not about the rate are not to be paced by it.
    callsPerSecond: 1_000,
    ...time,
    onCall: (call) => calls.push(call),
    ...options,
  });
  return { workspace, calls, time };
}

/** As its own documentation shows it, but for the environment's configuration, which must not reach a test. */
export function bareSdk(host: string): ApiClient {
  return new ApiClient(new Config({ host, token: TOKEN, authType: 'pat', loaders: [] }));
}

export function bareGet(host: string, path: string): Promise<unknown> {
  return bareSdk(host).request({ path, method: 'GET', headers: new Headers(), raw: false });
}

export function clusterId(text: string): ClusterId {
  if (!isClusterId(text)) throw new Error(`${text} is not a cluster id`);
  return text;
}

/** Closes after each test what the test opened, however it ended. */
export function trapBench() {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    vi.unstubAllEnvs();
    await Promise.all(closing.splice(0).map((close) => close()));
  });
  return {
    async server(answer: Answering, tls?: Tls): Promise<ScriptedServer> {
      const started = await startScriptedServer(answer, tls);
      closing.push(() => started.close());
      return started;
    },
    ours(host: string, options: Partial<WorkspaceOptions> = {}): OurSide {
      const side = ourSide(host, options);
      closing.push(() => side.workspace.close());
      return side;
    },
  };
}

/** Answers one after the other, the last one for ever. */
export function inTurn(...answers: readonly Answering[]): Answering {
  return (response, asked, count) => answers[Math.min(count, answers.length) - 1]?.(response, asked, count);
}

export function status(code: number, body: unknown = {}, headers: Record<string, string> = {}): Answering {
  return (response) => sendJson(response, code, body, headers);
}

/** The body of a real error: `details` without `metadata` (databrickslabs/migrate#296). */
export function errorBody(code: string, message: string) {
  const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: code, domain: 'databricks.com' }];
  return { error_code: code, message, details };
}

export async function allRows<Row>(pages: AsyncIterable<readonly Row[]>): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const page of pages) rows.push(...page);
  return rows;
}
