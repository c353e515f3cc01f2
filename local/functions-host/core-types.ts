// The types of `@azure/functions-core`, the module that the worker injects and npm does not have (facts/functions-host.md 1).
// Only what the programming model and this host exchange; enums are the lower-case strings of the core form.

export type LogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none';
export type LogCategory = 'user' | 'system' | 'customMetric';

export interface TypedData {
  string?: string;
  json?: string;
  bytes?: Uint8Array;
  stream?: Uint8Array;
  http?: RpcHttp;
  int?: number;
  double?: number;
  collectionString?: { string: string[] };
  collectionBytes?: { bytes: Uint8Array[] };
  collectionDouble?: { double: number[] };
  collectionSint64?: { sint64: number[] };
}

export type NullableMapping = Record<string, { value: string }>;

export interface RpcHttp {
  method?: string;
  url?: string;
  statusCode?: string;
  headers?: Record<string, string>;
  nullableHeaders?: NullableMapping;
  nullableQuery?: NullableMapping;
  nullableParams?: NullableMapping;
  cookies?: RpcHttpCookie[];
  enableContentNegotiation?: boolean;
  body?: TypedData | null;
}

export interface RpcHttpCookie {
  name?: string;
  value?: string;
  domain?: { value: string };
  path?: { value: string };
  expires?: { value: { seconds: number } };
  secure?: { value: boolean };
  httpOnly?: { value: boolean };
  sameSite?: 'none' | 'lax' | 'strict' | 'explicitNone';
  maxAge?: { value: number };
}

export interface BindingInfo {
  type: string;
  direction: 'in' | 'out';
  name?: string;
  [option: string]: unknown;
}

export interface RetryOptions {
  retryStrategy: 'fixedDelay' | 'exponentialBackoff';
  maxRetryCount: number;
  delayInterval?: { seconds: number };
  minimumInterval?: { seconds: number };
  maximumInterval?: { seconds: number };
}

export type FunctionCallback = (...inputs: unknown[]) => unknown;
export type HookCallback = (context: Record<string, unknown>) => unknown;

export interface FunctionMetadata {
  name: string;
  functionId?: string;
  bindings: Record<string, BindingInfo>;
  retryOptions?: RetryOptions;
}

export interface RetryContext {
  retryCount: number;
  maxRetryCount: number;
  exception?: { message: string; source: string; stackTrace: string };
}

export interface TraceContext {
  traceParent: string;
  traceState: string;
  attributes: Record<string, string>;
}

export interface InvocationRequest {
  invocationId: string;
  functionId: string;
  inputData: { name: string; data: TypedData }[];
  triggerMetadata: Record<string, TypedData>;
  traceContext: TraceContext;
  retryContext?: RetryContext;
}

export interface InvocationResponse {
  invocationId?: string;
  outputData?: { name: string; data: TypedData }[];
  returnValue?: TypedData | null;
}

export interface CoreInvocationContext {
  invocationId: string;
  request: InvocationRequest;
  metadata: FunctionMetadata;
  state?: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks' | undefined;
  log(level: LogLevel, category: LogCategory, message: string): void;
}

export interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<InvocationResponse>;
}

export type Capabilities = Record<string, string>;

export interface ProgrammingModel {
  name: string;
  version: string;
  getInvocationModel(context: CoreInvocationContext): InvocationModel | Promise<InvocationModel>;
  getCapabilities?(capabilities: Capabilities): Capabilities | Promise<Capabilities>;
}
