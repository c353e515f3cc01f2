// What applies infrastructure code: a service in which the code and the state of one workspace live (HCP Terraform; a pipeline of
// somebody else can stand here too). An apply plans first and changes nothing until it is confirmed. Every call has a deadline of
// its own; no foreign error crosses this port: `Unavailable` (timeouts, 429, 5xx, resets, redirects, HTML) and `Refused` (401, 404
// for what is not there or not permitted, 422, other 4xx), nothing else. Both have codes of their own.

import type { LastLook } from './last-look.ts';

/** What the plan would do, counted in resources. */
export interface PlannedChanges {
  readonly additions: number;
  readonly changes: number;
  readonly destructions: number;
}

export type ApplyState =
  /** Behind another apply, or the code is locked. */
  | { readonly is: 'queued'; readonly because: string }
  | { readonly is: 'planning'; readonly because: string }
  | { readonly is: 'needs-confirmation'; readonly changes: PlannedChanges }
  /** It waits for a decision that a confirmation is not, e.g. about a policy that failed. */
  | { readonly is: 'needs-decision'; readonly because: string }
  /** Confirmed, and not at its end. */
  | { readonly is: 'applying'; readonly because: string }
  | { readonly is: 'applied' }
  /** The plan found nothing to change. Also what an address gets that the code does not have. */
  | { readonly is: 'no-changes' }
  | { readonly is: 'failed'; readonly in: 'plan' | 'apply'; readonly because: string }
  /** Ended by somebody: discarded or cancelled. */
  | { readonly is: 'stopped'; readonly because: string };

/** One execution of the code: a plan and, once confirmed, what it says. */
export interface Apply {
  readonly id: string;
  /** Where a person looks at it. */
  readonly link: string;
  /** ISO instant on the service's clock. */
  readonly startedAt: string;
  readonly state: ApplyState;
}

export interface ApplyOrder {
  /** The only resource to be applied, with what it depends on. */
  readonly address: string;
  /** Unique for this attempt, letters, digits and hyphens: found again by `find`, since the service takes no idempotency key. */
  readonly correlation: string;
  /** For people who look at the service. */
  readonly message: string;
}

export type StartedApply =
  | { readonly started: true; readonly apply: Apply }
  /** The last look kept it from being sent. */
  | { readonly started: false; readonly because: string };

export type ApplyAnswer =
  | { readonly accepted: true }
  /** The state did not allow it: somebody was faster; or the last look kept it from being sent. Read it again. */
  | { readonly accepted: false; readonly because: string };

export interface Provisioner {
  /** For people, e.g. `HCP Terraform data-platform/databricks-dev`. */
  readonly name: string;
  /** Never repeated once it may have happened. */
  start(order: ApplyOrder, lastLook: LastLook): Promise<StartedApply>;
  /** undefined: there is none of that id. */
  read(id: string): Promise<Apply | undefined>;
  /** Of whoever started it; undefined when there never was one. */
  newest(): Promise<Apply | undefined>;
  /** The evidence after a call that got no answer; undefined: that order has not arrived. */
  find(correlation: string): Promise<Apply | undefined>;
  confirm(id: string, lastLook: LastLook): Promise<ApplyAnswer>;
  /** Ends one that has not begun to change anything; what is applying is not interrupted. */
  withdraw(id: string): Promise<ApplyAnswer>;
  /** What the code gives out, as texts by name; secret ones and others than texts are left out. */
  outputs(): Promise<ReadonlyMap<string, string>>;
}

export interface Provisioners {
  /** undefined: the estate does not say what applies the code of this workspace. */
  get(workspace: string): Provisioner | undefined;
}

export function hasEnded({ state }: Apply): boolean {
  return state.is === 'applied' || state.is === 'no-changes' || state.is === 'failed' || state.is === 'stopped';
}
