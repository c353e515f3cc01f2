// The five errors that are thrown, each named by what its catcher should do. Expected outcomes are return values, not errors.

export interface FieldFault {
  /** JSON pointer to the field, e.g. `/cluster/cluster_id`. */
  readonly pointer: string;
  readonly detail: string;
}

export interface ErrorOptions {
  readonly cause?: unknown;
}

/** Base of the five. `code` is stable and machine readable, `message` is for a person and holds no secret. */
export abstract class LakewardenError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
  }
}

/** What was handed in can never be taken: the caller has to change it. Never retried. */
export class InvalidInput extends LakewardenError {
  readonly fields: readonly FieldFault[];
  constructor(code: ErrorCode, message: string, fields: readonly FieldFault[] = [], options: ErrorOptions = {}) {
    super(code, message, options);
    this.fields = fields;
  }
}

/** A rule forbids it, ours or another system's. Never retried. */
export class Refused extends LakewardenError {}

/** Somebody else wrote first: read again, decide again. Retried within a bound of time. */
export class Conflict extends LakewardenError {
  /** What stands there now, for a caller that named the version which it had seen. */
  readonly currentVersion: string | undefined;
  constructor(code: ErrorCode, message: string, options: ErrorOptions & { readonly currentVersion?: string } = {}) {
    super(code, message, options);
    this.currentVersion = options.currentVersion;
  }
}

/** A system did not answer properly for now. Retried with backoff inside a budget. */
export class Unavailable extends LakewardenError {
  readonly retryAfterSeconds: number;
  /** True when the call may have had its effect although no answer came (a reset, a deadline): never repeat an act blindly. */
  readonly mayHaveHappened: boolean;
  constructor(
    code: ErrorCode,
    message: string,
    options: ErrorOptions & { readonly retryAfterSeconds?: number; readonly mayHaveHappened?: boolean } = {},
  ) {
    super(code, message, options);
    this.retryAfterSeconds = options.retryAfterSeconds ?? 5;
    this.mayHaveHappened = options.mayHaveHappened ?? false;
  }
}

/** An invariant is violated: a bug of ours. Never retried, pages. */
export class Broken extends LakewardenError {}

export type ErrorCode = keyof typeof errorCodes;

/** Every error code with the HTTP status a door answers and the words of its problem title. docs/reference/errors.md is generated from it. */
export const errorCodes = {
  'bad-json': { status: 400, title: 'The body is not JSON' },
  'bad-request': { status: 400, title: 'The request cannot be read' },
  'not-authenticated': { status: 401, title: 'Not authenticated' },
  'not-allowed': { status: 403, title: 'Not allowed' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  'illegal-transition': { status: 409, title: 'Not possible in this state' },
  'written-meanwhile': { status: 409, title: 'Changed by somebody else meanwhile' },
  'link-over': { status: 410, title: 'This link decides nothing any more' },
  'precondition-failed': { status: 412, title: 'Changed since it was read' },
  'precondition-required': { status: 428, title: 'Say which version is meant' },
  'key-reused': { status: 422, title: 'The idempotency key was used for something else' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'wrong-media-type': { status: 415, title: 'The body is of the wrong media type' },
  'invalid-fields': { status: 422, title: 'Fields are missing or wrong' },
  'workspace-refused': { status: 409, title: 'The workspace refused the call' },
  'provisioner-refused': { status: 409, title: 'The service that applies infrastructure code refused the call' },
  'channel-refused': { status: 409, title: 'The channel refused the message' },
  'azure-refused': { status: 409, title: 'Azure Resource Manager refused the call' },
  'azure-unavailable': { status: 503, title: 'Azure Resource Manager does not answer' },
  'workspace-unavailable': { status: 503, title: 'The workspace does not answer' },
  'provisioner-unavailable': { status: 503, title: 'The service that applies infrastructure code does not answer' },
  'bus-unavailable': { status: 503, title: 'The message bus does not answer' },
  'store-unavailable': { status: 503, title: 'The store does not answer' },
  'channel-unavailable': { status: 503, title: 'The channel does not answer' },
  'identity-unavailable': { status: 503, title: 'The identity provider does not answer' },
  'not-configured': { status: 503, title: 'Lakewarden is not configured properly' },
  broken: { status: 500, title: 'Internal error' },
} as const satisfies Record<string, { status: number; title: string }>;

/** Makes a forgotten case of a union a compile error. */
export function assertNever(value: never, what: string): never {
  throw new Broken('broken', `unexpected ${what}: ${JSON.stringify(value)}`);
}
