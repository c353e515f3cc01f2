// The workspace's error bodies, in the three dialects it really speaks: most APIs, API 1.2 and SCIM.
import type { Answer } from '../simulator/http-server.ts';

export class Refusal extends Error {
  readonly answer: Answer;
  constructor(answer: Answer, message: string) {
    super(message);
    this.answer = answer;
  }
}

/** Real error details come without `metadata`, which breaks the SDK's parser (databrickslabs/migrate#296). */
function errorBody(errorCode: string, message: string): unknown {
  const reason =
    errorCode === 'INTERNAL_ERROR' ? 'CM_API_ERROR_SOURCE_SERVICE_ERROR' : 'CM_API_ERROR_SOURCE_CALLER_ERROR';
  return {
    error_code: errorCode,
    message,
    details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: '' }],
  };
}

export function refusal(status: number, errorCode: string, message: string, headers?: Record<string, string>): Refusal {
  return new Refusal({ status, body: errorBody(errorCode, message), headers }, message);
}

export function invalid(message: string): Refusal {
  return refusal(400, 'INVALID_PARAMETER_VALUE', message);
}

/** 400, not 404, also for what was permanently deleted. [facts 4] */
export function noSuchCluster(id: string): Refusal {
  return invalid(`Cluster ${id} does not exist`);
}

/** [seen: terraform-provider-databricks looks for these words] */
export function noSuchPool(id: string): Refusal {
  return refusal(404, 'RESOURCE_DOES_NOT_EXIST', `Can't find an instance pool with id: ${id}.`);
}

export function noSuchWarehouse(id: string): Refusal {
  return refusal(404, 'RESOURCE_DOES_NOT_EXIST', `SQL warehouse ${id} does not exist.`);
}

/** The words are the real ones: "Cluster 0124-165313-5fpp2uv9 is in unexpected state Running." [databricks/cli#1372] */
export function unexpectedState(id: string, state: string): Refusal {
  return refusal(400, 'INVALID_STATE', `Cluster ${id} is in unexpected state ${capitalised(state)}.`);
}

/** API 1.2 has no error codes, and answers 500 to what is the caller's fault. [dbt-databricks#347, terraform-provider-databricks#217] */
export function refusal12(status: number, message: string): Refusal {
  return new Refusal({ status, body: { error: message } }, message);
}

export function tooManyRequests(retryAfterSeconds: number | undefined): Refusal {
  const headers = retryAfterSeconds === undefined ? undefined : { 'retry-after': String(retryAfterSeconds) };
  return refusal(429, 'REQUEST_LIMIT_EXCEEDED', WORDS[429].message, headers);
}

/** What a workspace says for a status that a test orders without a body. */
export function bodyForStatus(status: number): unknown {
  const known = Object.entries(WORDS).find(([code]) => Number(code) === status)?.[1];
  return known ? errorBody(known.errorCode, known.message) : errorBody('INTERNAL_ERROR', `Simulated status ${status}`);
}

export function capitalised(state: string): string {
  return state.charAt(0) + state.slice(1).toLowerCase();
}

const WORDS = {
  400: { errorCode: 'INVALID_PARAMETER_VALUE', message: 'The request is invalid.' },
  401: { errorCode: 'UNAUTHENTICATED', message: 'Credential was not sent or was of an unsupported type for this API.' },
  403: { errorCode: 'PERMISSION_DENIED', message: 'The caller is not allowed to do this.' },
  404: { errorCode: 'RESOURCE_DOES_NOT_EXIST', message: 'The resource does not exist.' },
  409: { errorCode: 'RESOURCE_CONFLICT', message: 'The resource was changed by somebody else.' },
  429: {
    errorCode: 'REQUEST_LIMIT_EXCEEDED',
    message: 'Current request has to be retried later: the workspace exceeded its request limit.',
  },
  500: { errorCode: 'INTERNAL_ERROR', message: 'An internal error occurred, please contact support.' },
  503: {
    errorCode: 'TEMPORARILY_UNAVAILABLE',
    message: 'The service at /api is temporarily unavailable. Please try again later.',
  },
  504: { errorCode: 'DEADLINE_EXCEEDED', message: 'The request took too long.' },
} as const;
