// host.json says again, for the functions host, what infra/queues.json decides. Where both speak they must say the same,
// and a handler must never outlive the renewal of its lock.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { type Check, root } from './check.ts';

const TIME_SPAN = /^(?:(\d+)\.)?(\d{2}):(\d{2}):(\d{2}(?:\.\d+)?)$/;

/** `hh:mm:ss`, `d.hh:mm:ss`, with or without a fraction -> seconds. */
const timeSpan = z
  .string()
  .regex(TIME_SPAN)
  .transform((text) => {
    const [, days = '0', hours, minutes, seconds] = TIME_SPAN.exec(text) ?? [];
    return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  });

const hostSchema = z.object({
  functionTimeout: timeSpan,
  extensions: z.object({
    serviceBus: z.object({
      autoCompleteMessages: z.boolean(),
      maxAutoLockRenewalDuration: timeSpan,
      maxConcurrentSessions: z.number(),
      maxConcurrentCallsPerSession: z.number(),
      sessionIdleTimeout: timeSpan,
      prefetchCount: z.number(),
    }),
  }),
});

const queueSchema = z.object({
  requiresSession: z.boolean().optional(),
  lockDurationSeconds: z.number().optional(),
  requiresDuplicateDetection: z.boolean().optional(),
});
const tableSchema = z.object({
  defaults: queueSchema.required(),
  consumer: z.object({
    maxAutoLockRenewalDurationSeconds: z.number(),
    sessionIdleTimeoutSeconds: z.number(),
    maxConcurrentSessions: z.number(),
    prefetchCount: z.number(),
  }),
  queues: z.record(z.string(), queueSchema),
});
type Host = z.infer<typeof hostSchema>;
type Table = z.infer<typeof tableSchema>;

export const queueTable: Check = {
  name: 'host.json agrees with infra/queues.json',
  faults: async () =>
    disagreements(
      await readFile(join(root, 'host.json'), 'utf8'),
      await readFile(join(root, 'infra/queues.json'), 'utf8'),
    ),
};

export function disagreements(hostText: string, tableText: string): string[] {
  const host = hostSchema.safeParse(JSON.parse(hostText));
  const table = tableSchema.safeParse(JSON.parse(tableText));
  if (!host.success) return [`host.json: ${z.prettifyError(host.error)}`];
  if (!table.success) return [`infra/queues.json: ${z.prettifyError(table.error)}`];
  return [...unequal(host.data, table.data), ...unsafe(host.data, table.data)];
}

function unequal({ extensions: { serviceBus } }: Host, { consumer }: Table): string[] {
  const pairs = {
    maxAutoLockRenewalDuration: [serviceBus.maxAutoLockRenewalDuration, consumer.maxAutoLockRenewalDurationSeconds],
    sessionIdleTimeout: [serviceBus.sessionIdleTimeout, consumer.sessionIdleTimeoutSeconds],
    maxConcurrentSessions: [serviceBus.maxConcurrentSessions, consumer.maxConcurrentSessions],
    prefetchCount: [serviceBus.prefetchCount, consumer.prefetchCount],
  };
  return Object.entries(pairs)
    .filter(([, [host, table]]) => host !== table)
    .map(([name, [host, table]]) => `${name}: host.json says ${host}, infra/queues.json says ${table}`);
}

/** What the design relies on and no number alone shows (design.md 1 and 4). */
function unsafe({ functionTimeout, extensions: { serviceBus } }: Host, { defaults, queues }: Table): string[] {
  const faults: string[] = [];
  if (!serviceBus.autoCompleteMessages) faults.push('autoCompleteMessages: nothing else settles a message from Node');
  if (serviceBus.maxConcurrentCallsPerSession !== 1)
    faults.push('maxConcurrentCallsPerSession: order in a session needs 1');
  if (functionTimeout >= serviceBus.maxAutoLockRenewalDuration) {
    faults.push('functionTimeout: a handler may run on after its lock is no longer renewed');
  }
  for (const [name, own] of Object.entries(queues)) {
    const queue = { ...defaults, ...own };
    if (!queue.requiresSession) faults.push(`${name}: without sessions two handlers could act on one subject`);
    if (queue.requiresDuplicateDetection) faults.push(`${name}: duplicate detection silently drops what is sent again`);
    if ((queue.lockDurationSeconds ?? 0) > serviceBus.maxAutoLockRenewalDuration)
      faults.push(`${name}: its lock outlasts its renewal`);
  }
  return faults;
}
