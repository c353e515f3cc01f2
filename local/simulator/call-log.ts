// Every call a simulator received, in order of arrival: what a test or a person from outside looks at.
import { type KeptMap, keptNowhere } from '../durable/kept-map.ts';
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
  /** Its status, or its fault, is known. */
  note(call: Call): void;
  all(): readonly Call[];
  clear(): void;
}

const KEPT = 'call/';

export function createCallLog(limit = CALL_LIMIT, kept: KeptMap = keptNowhere): CallLog {
  const found = kept.under(KEPT);
  let calls: Call[] = found.flatMap(([, call]) => (isCall(call) ? [call] : []));
  let last = Number(found.at(-1)?.[0] ?? 0);
  const names = new Map(found.map(([name, call]) => [call, KEPT + name]));

  function forget(dropped: readonly Call[]): void {
    for (const call of dropped) {
      kept.delete(names.get(call) ?? '');
      names.delete(call);
    }
  }
  return {
    begin(request, now) {
      const { method, target: path, body } = request;
      const call: Call = { at: new Date(now).toISOString(), method, path, status: 0, body };
      calls.push(call);
      names.set(call, KEPT + ++last);
      kept.set(KEPT + last, call);
      // Cut in bulk: dropping one element of 100,000 per call would move all others each time.
      if (calls.length > limit * 1.1) {
        forget(calls.slice(0, -limit));
        calls = calls.slice(-limit);
      }
      return call;
    },
    note(call) {
      const name = names.get(call);
      if (name) kept.set(name, call);
    },
    all: () => calls.slice(-limit),
    clear: () => {
      forget(calls);
      calls = [];
    },
  };
}

function isCall(value: unknown): value is Call {
  return typeof value === 'object' && value !== null && 'method' in value && 'path' in value && 'status' in value;
}
