// An instance pool: machines kept ready. How many are idle follows from what its clusters use, looked at from time to time: there
// are no timers, so what a cluster gave back counts as idle from the first look after it.
import { POOL_AUTOTERMINATION_MINUTES } from './refusals.ts';

export interface PoolSettings {
  readonly instance_pool_name: string;
  readonly node_type_id: string;
  readonly min_idle_instances: number;
  /** Without it there is no limit. */
  readonly max_capacity?: number | undefined;
  readonly idle_instance_autotermination_minutes: number;
  readonly custom_tags?: Record<string, string> | undefined;
  readonly preloaded_spark_versions?: readonly string[] | undefined;
  readonly azure_attributes?:
    | { availability?: string | undefined; spot_bid_max_price?: number | undefined }
    | undefined;
  readonly enable_elastic_disk?: boolean | undefined;
}

export interface Pool {
  readonly id: string;
  readonly settings: PoolSettings;
  readonly creator: string;
  readonly idle: number;
  readonly arriving: readonly { readonly at: number; readonly count: number }[];
  /** When idle machines above the minimum are let go. */
  readonly drainAt?: number | undefined;
  /** Of clusters, at the last look. */
  readonly used: number;
  /** Taken by clusters that are not simulated. */
  readonly usedElsewhere: number;
  /** Why machines that were asked for do not come. */
  readonly errors: readonly string[];
}

export interface Look {
  readonly now: number;
  readonly used: number;
  readonly timeScale: number;
  /** From asking for a machine until it is idle. */
  readonly arrivalSeconds: number;
  /** Why so many more machines cannot be had; undefined if they can. */
  refused(count: number): string | undefined;
}

export function newPool(id: string, settings: PoolSettings, creator: string): Pool {
  return { id, settings, creator, idle: 0, arriving: [], used: 0, usedElsewhere: 0, errors: [] };
}

/** The pool after everything that follows from its use and the time. */
export function settlePool(pool: Pool, look: Look): Pool {
  return refill(drain(takeAndReturn(arrive(pool, look.now), look), look.now), look);
}

/** Whether so many machines more are within its capacity, the idle ones being taken first. */
export function hasRoom({ settings, used, usedElsewhere, idle }: Pool, nodes: number): boolean {
  return (
    used + usedElsewhere + nodes + Math.max(0, idle - nodes) <= (settings.max_capacity ?? Number.POSITIVE_INFINITY)
  );
}

function arrive(pool: Pool, now: number): Pool {
  const there = pool.arriving.filter(({ at }) => at <= now);
  if (there.length === 0) return pool;
  const idle = there.reduce((sum, { count }) => sum + count, pool.idle);
  return { ...pool, idle, arriving: pool.arriving.filter(({ at }) => at > now) };
}

function takeAndReturn(pool: Pool, { used, now, timeScale }: Look): Pool {
  const more = used - pool.used;
  if (more === 0) return pool;
  if (more > 0) return { ...pool, used, idle: Math.max(0, pool.idle - more) };
  const minutes = pool.settings.idle_instance_autotermination_minutes;
  return { ...pool, used, idle: pool.idle - more, drainAt: now + (minutes * 60_000) / timeScale };
}

function drain(pool: Pool, now: number): Pool {
  const { min_idle_instances: minimum } = pool.settings;
  if (pool.idle <= minimum) return pool.drainAt === undefined ? pool : { ...pool, drainAt: undefined };
  return pool.drainAt === undefined || pool.drainAt > now ? pool : { ...pool, idle: minimum, drainAt: undefined };
}

function refill(pool: Pool, look: Look): Pool {
  const { min_idle_instances: minimum, max_capacity: capacity = Number.POSITIVE_INFINITY } = pool.settings;
  const coming = pool.arriving.reduce((sum, { count }) => sum + count, 0);
  const room = capacity - pool.used - pool.usedElsewhere - pool.idle - coming;
  const count = Math.min(minimum - pool.idle - coming, room);
  if (count <= 0) return pool.errors.length === 0 ? pool : { ...pool, errors: [] };
  const refused = look.refused(count);
  if (refused !== undefined) return pool.errors[0] === refused ? pool : { ...pool, errors: [refused] };
  const at = look.now + (look.arrivalSeconds * 1000) / look.timeScale;
  return { ...pool, errors: [], arriving: [...pool.arriving, { at, count }] };
}

/** The edit is a replacement: `min_idle_instances` 0, no capacity, no tags where they are not sent. */
export function editedPool(pool: Pool, settings: PoolSettings, moment: { now: number; timeScale: number }): Pool {
  const { preloaded_spark_versions, azure_attributes, enable_elastic_disk } = pool.settings;
  const minutes = settings.idle_instance_autotermination_minutes ?? POOL_AUTOTERMINATION_MINUTES.default;
  const drainAt = moment.now + (minutes * 60_000) / moment.timeScale;
  return {
    ...pool,
    settings: { ...settings, preloaded_spark_versions, azure_attributes, enable_elastic_disk },
    drainAt,
  };
}
