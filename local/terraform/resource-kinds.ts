// What the Databricks provider does for each kind of resource, by calls of the public API.
import { type DatabricksClient, ProviderError, type Reply } from './databricks-client.ts';
import type { Resource, ResourceType } from './store.ts';

export type Look = 'ready' | 'on-its-way' | { readonly failed: string };

export interface ResourceKind {
  /** Its settings as they stand; undefined when the workspace does not know it. */
  read(client: DatabricksClient, id: string): Promise<Readonly<Record<string, unknown>> | undefined>;
  /** Resolves with the new id once the service has accepted it. */
  create(client: DatabricksClient, resource: Resource): Promise<string>;
  update(client: DatabricksClient, id: string, resource: Resource): Promise<void>;
  remove(client: DatabricksClient, id: string): Promise<void>;
  /** How far the service is with what was created. */
  look(client: DatabricksClient, id: string): Promise<Look>;
  /** Settings of one that was never seen. */
  defaults(name: string): Readonly<Record<string, unknown>>;
  /** Of what was read, the settings that a configuration holds. */
  settingsIn(read: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
}

const cluster: ResourceKind = {
  async read(client, id) {
    const reply = await client.ask('GET', `/api/2.1/clusters/get?cluster_id=${encodeURIComponent(id)}`);
    return known('read cluster', reply);
  },
  async create(client, { settings }) {
    const { cluster_id: id } = await client.must('create cluster', 'POST', '/api/2.1/clusters/create', settings);
    return String(id);
  },
  async update(client, id, { settings }) {
    const now = await client.must('read cluster', 'GET', `/api/2.1/clusters/get?cluster_id=${encodeURIComponent(id)}`);
    const body = { ...recordOf(now.spec), ...settings, cluster_id: id };
    await client.must('update cluster', 'POST', '/api/2.1/clusters/edit', body);
  },
  async remove(client, id) {
    await client.must('delete cluster', 'POST', '/api/2.1/clusters/permanent-delete', { cluster_id: id });
  },
  async look(client, id) {
    const {
      state,
      state_message: message,
      termination_reason: reason,
    } = await client.must('read cluster', 'GET', `/api/2.1/clusters/get?cluster_id=${encodeURIComponent(id)}`);
    if (state === 'RUNNING') return 'ready';
    if (state !== 'TERMINATED' && state !== 'ERROR') return 'on-its-way';
    return {
      failed: `${id} is not able to transition from ${String(state)} to RUNNING: ${String(message)} ${JSON.stringify(reason)}`,
    };
  },
  defaults: (name) => ({
    cluster_name: name,
    spark_version: '15.4.x-scala2.12',
    node_type_id: 'Standard_DS3_v2',
    num_workers: 1,
  }),
  settingsIn: ({ spec }) => recordOf(spec),
};

const WAREHOUSE_SETTINGS = [
  'name',
  'cluster_size',
  'auto_stop_mins',
  'min_num_clusters',
  'max_num_clusters',
  'warehouse_type',
];

const warehouse: ResourceKind = {
  async read(client, id) {
    return known('read warehouse', await client.ask('GET', warehousePath(id)));
  },
  async create(client, { settings }) {
    const { id } = await client.must('create warehouse', 'POST', '/api/2.0/sql/warehouses', settings);
    return String(id);
  },
  async update(client, id, { settings }) {
    await client.must('update warehouse', 'POST', `${warehousePath(id)}/edit`, settings);
  },
  async remove(client, id) {
    await client.must('delete warehouse', 'DELETE', warehousePath(id));
  },
  async look(client, id) {
    const { state } = await client.must('read warehouse', 'GET', warehousePath(id));
    if (state === 'RUNNING') return 'ready';
    return state === 'DELETED' || state === 'DELETING' ? { failed: `warehouse ${id} is ${state}` } : 'on-its-way';
  },
  defaults: (name) => ({ name, cluster_size: '2X-Small', auto_stop_mins: 30 }),
  settingsIn: (read) =>
    Object.fromEntries(WAREHOUSE_SETTINGS.flatMap((name) => (name in read ? [[name, read[name]]] : []))),
};

function warehousePath(id: string): string {
  return `/api/2.0/sql/warehouses/${encodeURIComponent(id)}`;
}

/** Its id is its path; what it holds is compared by nobody, only whether it is there. */
const notebook: ResourceKind = {
  async read(client, path) {
    const there = known(
      'read notebook',
      await client.ask('GET', `/api/2.0/workspace/get-status?${new URLSearchParams({ path })}`),
    );
    if (!there) return undefined;
    const content = await client.ask(
      'GET',
      `/api/2.0/workspace/export?${new URLSearchParams({ path, format: 'SOURCE' })}`,
    );
    return { ...there, path, ...(content.status === 200 ? { content: content.body.content } : {}) };
  },
  async create(client, { settings }) {
    const path = String(settings.path);
    await client.must('create folder', 'POST', '/api/2.0/workspace/mkdirs', {
      path: path.slice(0, path.lastIndexOf('/')) || '/',
    });
    const { content, language = 'PYTHON' } = settings;
    await client.must('import notebook', 'POST', '/api/2.0/workspace/import', {
      path,
      content,
      language,
      format: 'SOURCE',
      overwrite: true,
    });
    return path;
  },
  async update(client, _path, resource) {
    await notebook.create(client, resource);
  },
  async remove(client, path) {
    await client.must('delete notebook', 'POST', '/api/2.0/workspace/delete', { path });
  },
  look: async () => 'ready',
  defaults: (path) => ({
    path,
    language: 'PYTHON',
    content: Buffer.from(`# Databricks notebook source\nprint("${path}")\n`).toString('base64'),
  }),
  settingsIn: ({ path, language = 'PYTHON', content }) => ({
    path,
    language,
    ...(content === undefined ? {} : { content }),
  }),
};

export const resourceKinds: Readonly<Record<ResourceType, ResourceKind>> = {
  databricks_cluster: cluster,
  databricks_sql_endpoint: warehouse,
  databricks_notebook: notebook,
};

/** Databricks says that it does not know a thing by 404, and of a cluster by 400. A path that the API does not have says nothing. */
function known(what: string, { status, body }: Reply): Readonly<Record<string, unknown>> | undefined {
  if (status === 200) return body;
  const words = String(body.message ?? '');
  const isEndpoint = body.error_code === 'ENDPOINT_NOT_FOUND';
  if (!isEndpoint && (status === 404 || (status === 400 && /does not exist/i.test(words)))) return undefined;
  throw new ProviderError(`cannot ${what}: ${status} ${words}`);
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
