// The documented answer of POST /databricks-monitor. Its spelling is the contract of A6 and stays in this file.
import type { SignalOutcome } from './outcome.ts';

export interface MonitorAnswer {
  readonly status: 'success' | 'queued';
  readonly ticket_id: string | null;
  readonly error_type: string | null;
  readonly recovery_status: string;
  readonly actions_taken: readonly string[];
  readonly message: string;
}

export function decidedAnswer(outcome: SignalOutcome): MonitorAnswer {
  return {
    status: 'success',
    ticket_id: outcome.ticketId,
    error_type: outcome.errorType,
    recovery_status: outcome.recoveryStatus,
    actions_taken: outcome.actionsTaken,
    message: outcome.message,
  };
}

export interface QueuedAnswer extends MonitorAnswer {
  readonly signal_id: string;
  readonly status_url: string;
}

export function queuedAnswer(signalId: string, statusUrl: string): QueuedAnswer {
  return {
    status: 'queued',
    ticket_id: null,
    error_type: null,
    recovery_status: 'queued',
    actions_taken: [],
    message: `Accepted as ${signalId}; ask ${statusUrl} what became of it.`,
    signal_id: signalId,
    status_url: statusUrl,
  };
}
