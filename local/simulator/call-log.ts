// Every call a simulator received, in order of arrival: what a test or a person from outside looks at.
import type { Request } from './http-server.ts';

/** The oldest are dropped beyond this, so that a laptop cloud left running for days does not fill its memory. */
const CALL_LIMIT = 100_000;

export interface Call {
  readonly at: string;
  readonly method: string;
  /** With query. */
  readonly path: string;
  /** What was answered; 0 while, or when, there is no answer (a hang, a reset). A lost answer keeps the status it had. */
  status: number;
  readonly body: unknown;
  /** The kind of fault that was injected into this call. */
  fault?: string;
}

export interface CallLog {
  begin(request: Request, now: number): Call;
  all(): readonly Call[];
  clear(): void;
}

export function createCallLog(limit = CALL_LIMIT): CallLog {
  let calls: Call[] = [];
  return {
    begin(request, now) {
      const { method, target: path, body } = request;
      const call: Call = { at: new Date(now).toISOString(), method, path, status: 0, body };
      calls.push(call);
      // Cut in bulk: dropping one element of 100,000 per call would move all others each time.
      if (calls.length > limit * 1.1) calls = calls.slice(-limit);
      return call;
    },
    all: () => calls.slice(-limit),
    clear: () => {
      calls = [];
    },
  };
}
