// What a step of a runbook is. A step asks the world before it acts, tells what it would do, acts, and proves that it worked.
// Its methods throw only what ports throw; everything expected is a returned verdict.
import type { Component, ComponentKind } from '../domain/estate/components.ts';
import type { Incident, IncidentComponent } from '../domain/incidents/incident.ts';
import type { SubjectKind } from '../domain/incidents/subject-kinds.ts';
import type { RemedyId } from '../domain/playbooks/remedy-ids.ts';
import type { RemedyParams } from '../domain/playbooks/remedy-params.ts';
import type { Attempt } from '../domain/runbooks/run.ts';
import type { SettingsChange } from '../domain/runbooks/settings-change.ts';
import type { ActionName } from '../domain/signals/outcome.ts';
import type { TerminationReason } from '../domain/signals/signal.ts';
import type { Clock } from '../ports/clock.ts';
import type { Inventory } from '../ports/inventory.ts';
import type { LastLook } from '../ports/last-look.ts';
import type { Provisioner } from '../ports/provisioner.ts';
import type { RegionHands } from '../ports/region-hands.ts';
import type { Workspace } from '../ports/workspace.ts';

export interface StepContext {
  readonly params: RemedyParams;
  readonly component: IncidentComponent;
  /** What the estate says of the component; undefined where it does not list it. */
  readonly listed?: Component;
  /** What the estate says of another component of the workspace, e.g. of the pool that a cluster draws from. */
  listing(kind: ComponentKind, id: string): Component | undefined;
  /** The incident that the run acts for. */
  readonly incident: Pick<Incident, 'id' | 'failureClass' | 'code' | 'openedAt' | 'failedAt' | 'jobRun'>;
  readonly inventory: Inventory;
  /** Of a component; what stands in no workspace has none, and asking for it is a bug. */
  readonly workspace: Workspace;
  readonly clock: Clock;
  /** What applies the component's infrastructure code, and where it stands there; absent when the estate does not say. */
  readonly infrastructure?: { readonly provisioner: Provisioner; readonly address: string };
  /** Of a region's incident only. */
  readonly region?: RegionHands;
  /** The newest attempt of this step, if any: whether it happened is told from what is newer than its `seen`. */
  readonly attempt?: Attempt;
  /** All attempts of this step, oldest first. */
  readonly attempts: readonly Attempt[];
  /** A person ordered the step anew after that attempt: what it came to is history. */
  readonly begunAnew?: true;
  /** Newest service-side time from before the thing was set going; what is not newer is the old failure. */
  readonly actedSince?: string;
  /** By when this time that it was set going has to be proved: another one for each time. */
  readonly verifyUntil?: string;
  /** It was set going before and could not be verified: what looked done then is not. */
  readonly failedBefore: boolean;
  /** Memory of `verify` from slice to slice. */
  readonly notes: Readonly<Record<string, unknown>>;
}

export type DoneVerdict =
  /** The world is as this step wants it. */
  | { readonly is: 'done'; readonly because: string }
  /** Somebody, perhaps an earlier attempt of ours, has set it going. */
  | { readonly is: 'under-way'; readonly because: string; readonly seen: string | null }
  /** Neither: look again soon, or at `until`. */
  | { readonly is: 'not-yet-known'; readonly because: string; readonly until?: string }
  | {
      readonly is: 'not-done';
      readonly because: string;
      readonly seen: string | null;
      readonly plan: Plan;
      /** What became of an attempt that nobody saw the end of; `did-not-happen` unless said. */
      readonly earlier?: 'acted';
    }
  /** An earlier attempt may have happened and nothing proves either: a person has to look. */
  | { readonly is: 'cannot-tell'; readonly because: string }
  /** `aside`: it is not what this step is for; what failed before it says more. */
  | { readonly is: 'impossible'; readonly because: string; readonly aside?: true };

/** What acting would do, in words and as the calls it would make. */
export interface Plan {
  readonly how: string;
  readonly text: string;
  /** What it sets: kept with the attempt, before the act. */
  readonly change?: SettingsChange;
}

export type ActVerdict =
  /** `more`: one call of several, e.g. a new configuration that still has to be started: `done` is asked for the next. */
  | { readonly acted: true; readonly text: string; readonly more?: true }
  /** Refused by the state of the thing, or not sent: ask `done` again. `never`: what it was to set is not taken in any state. */
  | { readonly acted: false; readonly because: string; readonly never?: true };

export type VerifyVerdict =
  | { readonly is: 'succeeded'; readonly because: string; readonly recoveredAt?: string }
  | { readonly is: 'waiting'; readonly because: string; readonly notes?: Readonly<Record<string, unknown>> }
  /** `reason` is there when the component ended again and said why. */
  | {
      readonly is: 'failed';
      readonly because: string;
      readonly retryable: boolean;
      readonly reason?: TerminationReason;
    };

export interface Step {
  readonly id: RemedyId;
  /** What it can be done to. */
  readonly kinds: readonly SubjectKind[];
  readonly title: string;
  /** Name under which the API says that this was decided. */
  readonly action: ActionName;
  /** How many calls setting it going takes, each an attempt of its own; one unless said. */
  readonly calls?: number;
  done(context: StepContext): Promise<DoneVerdict>;
  /** The dry run: no writes. */
  plan(context: StepContext): Promise<Plan>;
  /** Every call that changes something is given `lastLook`. */
  act(context: StepContext, plan: Plan, lastLook: LastLook): Promise<ActVerdict>;
  verify(context: StepContext): Promise<VerifyVerdict>;
  undo?(context: StepContext): Promise<void>;
  /** What a person should do when it did not work. */
  advice(context: Pick<StepContext, 'component' | 'params'>): string;
}
