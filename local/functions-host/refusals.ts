// The refusal list: what the real Functions host (4.x, worker 3.9.1, Service Bus extension 5.x) rejects, limits, delays
// and loses, and where this host does the same. Numbers that code needs are constants; the end says what is not simulated.
// Sources: [L] @azure/functions 4.16.5 src, [W] azure-functions-nodejs-worker, [H] azure-functions-host,
// [X] azure-webjobs-sdk-extensions, [E] azure-sdk-for-net Service Bus extension, [K] ASP.NET Core / Kestrel documentation.

// ---- versions that an app can see -------------------------------------------------------------------------------
export const HOST_VERSION = '4.1042.100';
export const WORKER_VERSION = '3.9.1';

// ---- rejects ----------------------------------------------------------------------------------------------------
/** [H] Utility.IsValidFunctionName: another name fails that function's indexing. */
export const FUNCTION_NAME = /^[A-Za-z][\w-]{0,127}$/;
/** [H] These first segments are the host's own; a function that asks for one fails indexing. */
export const RESERVED_ROUTE_ROOTS: readonly string[] = ['admin', 'runtime'];
/** [W] Hooks the worker knows; another one (also `log`, which came later) is a RangeError. */
export const HOOK_NAMES = ['appStart', 'appTerminate', 'preInvocation', 'postInvocation'] as const;
/** [H] host.json without `"version": "2.0"` stops the host. */
export const HOST_JSON_VERSION = '2.0';
/** [H] FunctionTimeout: less than a second is refused; "-1" means none. */
export const FUNCTION_TIMEOUT_MIN_MS = 1_000;

// ---- limits -----------------------------------------------------------------------------------------------------
/** [H] FUNCTIONS_REQUEST_BODY_SIZE_LIMIT default. Beyond it the host answers 500, not 413 (azure-functions-host#10519). */
export const REQUEST_BODY_LIMIT_BYTES = 104_857_600;
/** [K] KestrelServerLimits: request line 8 KiB (414), all headers 32 KiB and 100 lines (431). */
export const REQUEST_LINE_LIMIT_BYTES = 8_192;
export const REQUEST_HEADERS_LIMIT_BYTES = 32_768;
export const REQUEST_HEADERS_LIMIT_COUNT = 100;
/** [K] KestrelServerLimits: KeepAliveTimeout and RequestHeadersTimeout. */
export const KEEP_ALIVE_MS = 130_000;
export const REQUEST_HEADERS_TIMEOUT_MS = 30_000;
/**
 * Callers that wait to be let in. Kestrel lets 512 wait, but on Azure front ends stand before it. With Node's 511 a machine that is busy
 * for a moment loses the first packet of those who come then, and they knock again after 1, 3, 7, ... 63 s (seen: answers after 62 s).
 */
export const PENDING_CONNECTIONS = 4_096;
/** [H] Default where host.json names none (30 min on Flex, Premium and Dedicated; 5 min on Consumption). */
export const FUNCTION_TIMEOUT_DEFAULT_MS = 30 * 60_000;
/** [E] ServiceBusOptions defaults. */
export const MAX_CONCURRENT_CALLS_PER_CORE = 16;
export const MAX_CONCURRENT_SESSIONS = 8;
export const MAX_AUTO_LOCK_RENEWAL_MS = 5 * 60_000;
export const MAX_MESSAGE_BATCH_SIZE = 1_000;
export const MAX_BATCH_WAIT_MS = 30_000;
/** [X] TimerSchedule.Create: with two occurrences within this time a schedule is not monitored. */
export const MONITORED_SCHEDULE_MIN_MS = 60_000;

// ---- delays -----------------------------------------------------------------------------------------------------
/** [H] DefaultHttpProxyService ActivityTimeout: how long the caller hangs when a streaming handler returns nothing [L]. */
export const HTTP_FORWARD_TIMEOUT_MS = 240_000;
/** [E] ServiceBusRetryOptions defaults. */
export const CLIENT_RETRY = {
  mode: 'exponential',
  timeoutMs: 60_000,
  delayMs: 800,
  maxDelayMs: 60_000,
  maxRetries: 3,
} as const;
/** Ours: how long a pump waits at most before it knocks again at a broker on loopback; Azure's client would wait maxDelay. */
export const PUMP_RETRY_LIMIT_MS = 1_000;

// ---- loses ------------------------------------------------------------------------------------------------------
// Without `enableHttpStream` a chunked request arrives with no body [H]; with it, query values and top-level members of a
// JSON body appear in `request.params` (route values win) [X][L], ISO dates among them as "MM/dd/yyyy HH:mm:ss" [Newtonsoft].
// Repeated headers and query keys are joined by commas; 404 for a wrong method; 401 and 500 with empty bodies [H].
// Strings of Service Bus metadata are JSON-parsed, empty ones vanish from the arrays of a batch, the body's members mask
// metadata, bodies that are not UTF-8 never reach the handler [E][H][L]. `retry` is ignored for HTTP and Service Bus [H].
// A run by POST /admin/functions does not wait for a scheduled run of the same timer [X].

// ---- not simulated ----------------------------------------------------------------------------------------------
// A handler that blocks the event loop: the timeout fires only when the loop is free (on Azure the host is another process).
// prefetchCount, maxConcurrentCallsPerSession above 1, topics, other bindings, sdkBinding: refused at start, never ignored.
// TimeSpan schedules: refused, as on Flex Consumption. CORS, content negotiation, HTTP throttles, claims of signed-in users,
// several hosts sharing one timer lease, the .NET objects among trigger metadata (MessageReceiver, Client, ...): absent.
