// Where a run stands: its current step, the step's code and what it knows.
import { Broken } from '../../domain/errors.ts';
import { listedComponent } from '../../domain/estate/lookup.ts';
import { isRemedyId } from '../../domain/playbooks/remedy-ids.ts';
import { type RemedyParams, remedyParamsSchema } from '../../domain/playbooks/remedy-params.ts';
import type { Attempt, Run, StepRecord } from '../../domain/runbooks/run.ts';
import type { IncidentFile } from '../../ports/incident-store.ts';
import { remedies } from '../../steps/remedies/index.ts';
import type { Step, StepContext } from '../../steps/step.ts';
import { regionHandsOf } from '../regions/region-hands.ts';
import { infrastructureOf } from './infrastructure.ts';
import type { RunPorts } from './ports.ts';

export interface Position {
  readonly file: IncidentFile;
  readonly run: Run;
  readonly record: StepRecord;
  readonly step: Step;
  readonly params: RemedyParams;
  /** Newest attempt of the step. */
  readonly attempt: Attempt | undefined;
  /** All of the step, oldest first. */
  readonly attempts: readonly Attempt[];
}

export function positionOf(file: IncidentFile, run: Run): Position {
  const record = file.steps.find((step) => step.run === run.number && step.position === run.position);
  if (!record || !isRemedyId(record.id))
    throw new Broken('broken', `run ${run.number} of ${file.incident.id} has no step ${run.position}`);
  const attempts = file.attempts
    .filter((attempt) => attempt.run === run.number && attempt.position === run.position)
    .toSorted((a, b) => a.number - b.number);
  return {
    file,
    run,
    record,
    step: remedies[record.id],
    params: remedyParamsSchema.parse(record.params),
    attempt: attempts.at(-1),
    attempts,
  };
}

export function contextOf(ports: RunPorts, position: Position): StepContext {
  const { file, run, record, params, attempt, attempts } = position;
  const { component } = file.incident;
  const listed = listedComponent(ports.estate, component);
  const region = regionHandsOf(ports, file.incident);
  return {
    params,
    component,
    listing: (kind, id) => listedComponent(ports.estate, { workspace: component.workspace, kind, id }),
    attempts,
    incident: file.incident,
    inventory: ports.inventory,
    ...(listed ? { listed } : {}),
    get workspace() {
      return ports.workspaces.get(run.workspace);
    },
    clock: ports.clock,
    failedBefore: record.state === 'pending' && record.attempts > 0,
    notes: record.notes,
    ...infrastructureOf(ports.provisioners, component, listed),
    ...(region ? { region } : {}),
    ...(attempt ? { attempt } : {}),
    ...(attempt && attempt.number <= (record.attemptsBefore ?? 0) ? { begunAnew: true } : {}),
    ...(record.verifyUntil === undefined ? {} : { verifyUntil: record.verifyUntil }),
    ...(record.actedSince === undefined ? {} : { actedSince: record.actedSince }),
  };
}
