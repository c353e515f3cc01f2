// The Provisioner port over the Runs API of HCP Terraform or Terraform Enterprise. Runs never apply by themselves, whatever the
// workspace's own setting: the plan is read first.
import { InvalidInput, Refused } from '../../domain/errors.ts';
import type { LastLook } from '../../ports/last-look.ts';
import type { Apply, ApplyAnswer, ApplyOrder, Provisioner, StartedApply } from '../../ports/provisioner.ts';
import { type Call, type Reply, TerraformCalls, Unwanted } from './calls.ts';
import { type HcpTerraformOptions, MAX_MESSAGE } from './options.ts';
import type { RefusedStatus } from './translate.ts';
import * as wire from './wire.ts';

const NEWEST_PAGE = 1;
const FOUND_PAGE = 20;
const COMMENT = 'Lakewarden';
/** What takes back is always wanted. */
const WANTED: LastLook = async () => undefined;

export class HcpTerraformProvisioner implements Provisioner {
  readonly name: string;
  readonly #options: HcpTerraformOptions;
  readonly #calls: TerraformCalls;
  #workspaceId: string | undefined;

  constructor(options: HcpTerraformOptions) {
    this.name = `HCP Terraform ${options.organization}/${options.workspace}`;
    this.#options = options;
    this.#calls = new TerraformCalls(options);
  }

  async start({ address, correlation, message }: ApplyOrder, lastLook: LastLook): Promise<StartedApply> {
    const endsAt = this.#calls.budget();
    const workspace = await this.#workspace(endsAt);
    const attributes = {
      message: `${message.slice(0, MAX_MESSAGE)} ${markOf(correlation)}`,
      'auto-apply': false,
      'plan-only': false,
      'is-destroy': false,
      refresh: true,
      'target-addrs': [address],
    };
    const relationships = { workspace: { data: { type: 'workspaces', id: workspace } } };
    const body = { data: { type: 'runs', attributes, relationships } };
    const reply = await this.#act({ method: 'POST', path: '/runs', body, lastLook }, endsAt, [404]);
    if (reply instanceof Unwanted) return { started: false, because: reply.message };
    if (reply.status === 404) throw this.#notThere('to queue runs in it');
    return { started: true, apply: await this.#applyOf(wire.read(wire.runSchema, reply.body, 'a run').data, endsAt) };
  }

  async read(id: string): Promise<Apply | undefined> {
    const endsAt = this.#calls.budget();
    const run = await this.#run(id, endsAt);
    return run && this.#applyOf(run, endsAt);
  }

  async newest(): Promise<Apply | undefined> {
    const endsAt = this.#calls.budget();
    const [run] = await this.#runs(`page[size]=${NEWEST_PAGE}`, endsAt);
    return run && this.#applyOf(run, endsAt);
  }

  async find(correlation: string): Promise<Apply | undefined> {
    const endsAt = this.#calls.budget();
    const query = `search[basic]=${encodeURIComponent(correlation)}&page[size]=${FOUND_PAGE}`;
    const runs = await this.#runs(query, endsAt);
    // The search takes parts of words, and of ids and commits.
    const run = runs.find(({ attributes }) => attributes.message?.includes(markOf(correlation)));
    return run && this.#applyOf(run, endsAt);
  }

  confirm(id: string, lastLook: LastLook): Promise<ApplyAnswer> {
    return this.#order(id, 'apply', this.#calls.budget(), lastLook);
  }

  async withdraw(id: string): Promise<ApplyAnswer> {
    const endsAt = this.#calls.budget();
    const run = await this.#run(id, endsAt);
    if (!run) throw this.#notThere('to see its runs');
    const { actions } = run.attributes;
    if (actions['is-discardable']) return await this.#order(id, 'discard', endsAt);
    const state = wire.stateOf(run).is;
    if (state === 'planning' && actions['is-cancelable']) return await this.#order(id, 'cancel', endsAt);
    return { accepted: false, because: `it is ${run.attributes.status.replaceAll('_', ' ')}` };
  }

  async outputs(): Promise<ReadonlyMap<string, string>> {
    const endsAt = this.#calls.budget();
    const path = `/workspaces/${await this.#workspace(endsAt)}/current-state-version-outputs`;
    const reply = await this.#calls.ask({ method: 'GET', path }, endsAt, [404]);
    if (reply.status === 404) return new Map();
    const { data } = wire.read(wire.outputsSchema, reply.body, 'outputs');
    const texts = data.flatMap(({ attributes: { name, sensitive, value } }): [string, string][] =>
      !sensitive && typeof value === 'string' ? [[name, value]] : [],
    );
    return new Map(texts);
  }

  async #order(
    id: string,
    action: 'apply' | 'discard' | 'cancel',
    endsAt: number,
    lastLook: LastLook = WANTED,
  ): Promise<ApplyAnswer> {
    const path = `/runs/${checked(id)}/actions/${action}`;
    const call: Call = { method: 'POST', path, body: { comment: COMMENT }, lastLook };
    const reply = await this.#act(call, endsAt, [404, 409]);
    if (reply instanceof Unwanted) return { accepted: false, because: reply.message };
    if (reply.status === 404) throw this.#notThere(`to ${action} its runs`);
    if (reply.status === 409) return { accepted: false, because: `the state of run ${id} does not allow it` };
    return { accepted: true };
  }

  async #act(call: Call, endsAt: number, heeded: readonly RefusedStatus[]): Promise<Reply | Unwanted> {
    try {
      return await this.#calls.ask(call, endsAt, heeded);
    } catch (error) {
      if (error instanceof Unwanted) return error;
      throw error;
    }
  }

  async #run(id: string, endsAt: number): Promise<wire.WireRun | undefined> {
    const reply = await this.#calls.ask({ method: 'GET', path: `/runs/${checked(id)}` }, endsAt, [404]);
    return reply.status === 404 ? undefined : wire.read(wire.runSchema, reply.body, 'a run').data;
  }

  async #runs(query: string, endsAt: number): Promise<readonly wire.WireRun[]> {
    const path = `/workspaces/${await this.#workspace(endsAt)}/runs?${query}`;
    const reply = await this.#calls.ask({ method: 'GET', path }, endsAt, [404]);
    if (reply.status === 404) throw this.#notThere('to see its runs');
    return wire.read(wire.runsSchema, reply.body, 'runs').data;
  }

  /** Its id never changes while it exists. */
  async #workspace(endsAt: number): Promise<string> {
    if (this.#workspaceId !== undefined) return this.#workspaceId;
    const { organization, workspace } = this.#options;
    const path = `/organizations/${encodeURIComponent(organization)}/workspaces/${encodeURIComponent(workspace)}`;
    const reply = await this.#calls.ask({ method: 'GET', path }, endsAt, [404]);
    if (reply.status === 404) throw this.#notThere('to see it');
    const { id } = wire.read(wire.workspaceSchema, reply.body, 'a workspace').data;
    this.#workspaceId = /^ws-[A-Za-z0-9]+$/.test(id) ? id : undefined;
    return this.#workspaceId ?? this.#refuse(`the workspace has an id of an unknown form`);
  }

  async #applyOf(run: wire.WireRun, endsAt: number): Promise<Apply> {
    const { organization, workspace, origin } = this.#options;
    const state = wire.stateOf(run);
    const changes = run.attributes.actions['is-confirmable'] ? await this.#plannedBy(run, endsAt) : undefined;
    return {
      id: run.id,
      link: `${origin}/app/${organization}/workspaces/${workspace}/runs/${run.id}`,
      startedAt: new Date(run.attributes['created-at']).toISOString(),
      state: changes ? { is: 'needs-confirmation', changes } : state,
    };
  }

  async #plannedBy({ relationships }: wire.WireRun, endsAt: number) {
    const reply = await this.#calls.ask({ method: 'GET', path: `/plans/${relationships.plan.data.id}` }, endsAt);
    return wire.countsOf(wire.read(wire.planSchema, reply.body, 'a plan'));
  }

  /** HCP Terraform says 404 for both. */
  #notThere(right: string): Refused {
    return new Refused('provisioner-refused', `${this.name} does not exist, or the token has no right ${right}`);
  }

  #refuse(because: string): never {
    throw new Refused('provisioner-refused', `${this.name}: ${because}`);
  }
}

/** In square brackets, so that no other correlation is part of it. */
function markOf(correlation: string): string {
  return `[lakewarden ${correlation}]`;
}

/** Ids become parts of paths. */
function checked(id: string): string {
  if (/^run-[A-Za-z0-9]{1,64}$/.test(id)) return id;
  throw new InvalidInput('bad-request', 'an id of a run is run- and letters or digits');
}
