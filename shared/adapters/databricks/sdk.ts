// The only file that loads the Databricks SDK, on the first call and no more of it than Config, ApiClient and Context:
// the whole package costs a cold start twice as much (facts/databricks.md 1.1). No waiters, no PATCH, no iterators.
import http from 'node:http';
import https from 'node:https';
import type { AnswerWatch } from './answer-watch.ts';

/** Idle sockets are dropped before the other side does it, else the next POST meets a reset whose effect nobody knows. */
const IDLE_SOCKET_MS = 4_000;
/** The SDK reads 0 as 300 s. Its own retries must end after the first try: ours know budget, status and Retry-After. */
const SDK_RETRY_SECONDS = 0.001;

export interface SdkCall {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

export interface SdkClient {
  request(call: SdkCall, signal: AbortSignal): Promise<unknown>;
  close(): void;
}

export async function openSdkClient(
  origin: URL,
  watch: AnswerWatch,
  userAgentExtra: Readonly<Record<string, string>> = {},
): Promise<SdkClient> {
  const [{ ApiClient }, { Config }, { Context }] = await Promise.all([
    import('@databricks/sdk-experimental/dist/api-client.js'),
    import('@databricks/sdk-experimental/dist/config/Config.js'),
    import('@databricks/sdk-experimental/dist/context/Context.js'),
  ]);
  const config = new Config({
    host: origin.origin,
    // No DATABRICKS_* or ARM_* variable and no ~/.databrickscfg may have a say in whom we talk to, or as whom.
    loaders: [],
    retryTimeoutSeconds: SDK_RETRY_SECONDS,
    credentials: { name: 'azure-msi', configure: async () => async (headers) => authorize(headers, watch) },
  });
  const agent = agentFor(origin);
  const client = new ApiClient(config, {
    agent,
    product: 'lakewarden',
    productVersion: '0.1.0',
    userAgentExtra: { ...userAgentExtra },
  });
  return {
    request: ({ method, path, query, body }, signal) =>
      client.request(
        {
          method,
          path,
          headers: headersFor(body),
          raw: false,
          ...(query && { query }),
          ...(body && { payload: body }),
        },
        new Context({ cancellationToken: cancelledBy(signal) }),
      ),
    close: () => agent.destroy(),
  };
}

/** An agent of our own: the SDK's does not verify TLS unless told to, and an environment variable can switch its check off. */
function agentFor(origin: URL): http.Agent {
  const options = { keepAlive: true, timeout: IDLE_SOCKET_MS };
  if (origin.protocol === 'http:') return new http.Agent(options);
  return new https.Agent({ ...options, rejectUnauthorized: true });
}

function authorize(headers: Headers, watch: AnswerWatch): void {
  const token = watch.current()?.token;
  if (token !== undefined) headers.set('Authorization', `Bearer ${token}`);
}

function headersFor(body: unknown): Headers {
  const headers = new Headers({ Accept: 'application/json' });
  if (body !== undefined) headers.set('Content-Type', 'application/json');
  return headers;
}

function cancelledBy(signal: AbortSignal) {
  return {
    get isCancellationRequested() {
      return signal.aborted;
    },
    onCancellationRequested(stop: () => void) {
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    },
  };
}
