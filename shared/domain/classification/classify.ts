// What a cluster's end means: failure class, action, and by which rule. Table first; what no table knows goes to a human, never guessed (C1, C3).
import type { TerminationReason } from '../signals/signal.ts';
import { type AzureRefinement, type QuotaNumbers, quotaNumbers, refineByAzure } from './azure-error-codes.ts';
import type { FailureClass } from './failure-classes.ts';
import {
  type ActionCode,
  extraTerminationCodes,
  type Retry,
  terminationCodes,
  type Verdict,
} from './termination-codes.ts';

export interface ClassificationContext {
  /** The estate says that this component has to run: then no end of it is normal (C3). */
  readonly alwaysOn?: boolean;
  /** A maintenance window of the component was open when it ended. */
  readonly inMaintenanceWindow?: boolean;
}

export interface Classification {
  readonly failureClass: FailureClass;
  /** Databricks' code; `UNKNOWN` where none was given. */
  readonly code: string;
  /** False when no table has the code: to be reported to the maintainers of the tables. */
  readonly known: boolean;
  /** Nothing failed: record it, open no incident. */
  readonly benign: boolean;
  readonly action: ActionCode;
  readonly retry: Retry;
  readonly regionSignal: Verdict['regionSignal'];
  /** The table row or fallback that decided, e.g. `termination-code:DRIVER_UNREACHABLE`. */
  readonly rule: string;
  readonly why: string;
  /** The limit that Azure refused by, with its figures, where its message tells them. */
  readonly quota?: QuotaNumbers;
  readonly evidence: Readonly<Record<string, unknown>>;
}

const BENIGN: FailureClass = 'DatabricksBenignTermination';
const EVIDENCE_TEXT_LIMIT = 300;
const TELLING_PARAMETERS = ['username', 'inactivity_duration_min', 'databricks_error_message', 'azure_error_message'];

/** Restarting would fight Databricks' own failover, whose secondary has no data plane (facts/databricks.md 0.11). */
const NEVER_RESTARTED: ReadonlySet<string> = new Set(['DISASTER_RECOVERY_REPLICATION']);

interface Row {
  readonly verdict: Verdict;
  readonly table: string;
}

/** A map, because a code may be named like a member of Object.prototype. The SDK's codes come last: they win. */
const rows: ReadonlyMap<string, Row> = new Map([
  ...rowsOf('extra-code', extraTerminationCodes),
  ...rowsOf('termination-code', terminationCodes),
]);

function rowsOf(table: string, verdicts: Readonly<Record<string, Verdict>>): [string, Row][] {
  return Object.entries(verdicts).map(([code, verdict]) => [code, { verdict, table }]);
}

export function classify(reason: TerminationReason | undefined, context: ClassificationContext = {}): Classification {
  const classification = judge(reason);
  const hadToRun = context.alwaysOn === true && context.inMaintenanceWindow !== true;
  return classification.benign && hadToRun ? failureOfAlwaysOn(classification) : classification;
}

function judge(reason: TerminationReason | undefined): Classification {
  const code = reason?.code || 'UNKNOWN';
  const evidence = evidenceOf(reason);
  const row = rows.get(code);
  if (!row) return unknownCode(code, reason?.type ?? '', evidence);
  const { verdict, table } = row;
  const benign = verdict.failureClass === BENIGN;
  const quota = quotaNumbers(parameter(reason, 'azure_error_message') ?? '');
  const base = {
    code,
    known: true,
    benign,
    ...(quota ? { quota } : {}),
    evidence: { ...evidence, expectedType: verdict.expectedType },
  };
  const refined = benign ? undefined : refinementOf(code, reason);
  if (refined) return { ...base, ...fieldsOf(refined.verdict), rule: `azure-error-code:${refined.row}` };
  return { ...base, ...fieldsOf(verdict), rule: reason?.code ? `${table}:${code}` : 'no-code' };
}

function fieldsOf({ failureClass, action, retry, regionSignal, why }: AzureRefinement['verdict']) {
  return { failureClass, action, retry, regionSignal, why };
}

/** Azure's own code is nearer to the cause, unless Databricks has found a misconfiguration: trying again cannot mend that. */
function refinementOf(code: string, reason: TerminationReason | undefined): AzureRefinement | undefined {
  const azureErrorCode = parameter(reason, 'azure_error_code');
  if (azureErrorCode === undefined || code.endsWith('_DUE_TO_MISCONFIG')) return undefined;
  return refineByAzure(azureErrorCode, parameter(reason, 'azure_error_message') ?? '');
}

type Fallback = Pick<Classification, 'benign' | 'action' | 'retry' | 'why'>;

/** What is left of a code that nobody knows: its type. SUCCESS is no failure (B1), everything else is a person's. */
const fallbacks: ReadonlyMap<string, Fallback> = new Map([
  [
    'SUCCESS',
    { benign: true, action: 'NOTIFY', retry: 'never', why: 'Unknown code, but Databricks says that it ended normally' },
  ],
  ['CLIENT_ERROR', human('no', 'Unknown code; Databricks says that the same request will fail again')],
  ['CLOUD_FAILURE', human('slow', 'Unknown code; Databricks says that Azure failed and a later try may work')],
  ['SERVICE_FAULT', human('slow', 'Unknown code; Databricks says that it failed itself and a later try may work')],
]);

function human(retry: Retry, why: string): Fallback {
  return { benign: false, action: 'TICKET', retry, why };
}

function unknownCode(code: string, type: string, evidence: Classification['evidence']): Classification {
  const byType = fallbacks.get(type);
  const fallback = byType ?? human('no', 'Unknown code without a type that anybody knows');
  const rule = `unknown-code:${byType ? type : 'no-type'}`;
  return { failureClass: 'DatabricksUnknown', code, known: false, regionSignal: 0, ...fallback, rule, evidence };
}

function failureOfAlwaysOn(normal: Classification): Classification {
  const failure = {
    ...normal,
    benign: false,
    rule: `always-on:${normal.rule}`,
    why: `It has to run always, but ended: ${normal.why}`,
  };
  if (!normal.known) return { ...failure, action: 'TICKET', retry: 'no' };
  if (NEVER_RESTARTED.has(normal.code)) {
    return { ...failure, failureClass: 'DatabricksPolicyBlocked', action: 'TICKET', retry: 'no' };
  }
  return { ...failure, failureClass: 'DatabricksClusterTerminated', action: 'RESTART', retry: 'yes' };
}

function evidenceOf(reason: TerminationReason | undefined): Record<string, unknown> {
  if (!reason) return { reason: null };
  const evidence: Record<string, unknown> = { type: reason.type ?? null };
  const azureErrorCode = parameter(reason, 'azure_error_code');
  if (azureErrorCode !== undefined) evidence.azureErrorCode = azureErrorCode.slice(0, EVIDENCE_TEXT_LIMIT);
  const quota = quotaNumbers(parameter(reason, 'azure_error_message') ?? '');
  if (quota) evidence.quota = quota;
  const telling = TELLING_PARAMETERS.flatMap((name) => {
    const value = parameter(reason, name);
    return value === undefined ? [] : [[name, value.slice(0, EVIDENCE_TEXT_LIMIT)]];
  });
  return telling.length === 0 ? evidence : { ...evidence, parameters: Object.fromEntries(telling) };
}

function parameter(reason: TerminationReason | undefined, name: string): string | undefined {
  return reason && Object.hasOwn(reason.parameters, name) ? reason.parameters[name] : undefined;
}
