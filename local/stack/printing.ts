// What `npm start` prints: what runs where, what can be tried, and why something did not start.
import { relative } from 'node:path';
import type { StackFile } from './stack-file.ts';
import { stackFilePath } from './stack-file.ts';

/** Lines of two columns, the first as wide as its longest entry. */
export function aligned(rows: readonly (readonly [string, string])[], indent = '  '): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${indent}${name.padEnd(width)}  ${value}`);
}

export function whatRunsWhere(stack: StackFile, dir: string, startedInMs: number): string[] {
  const { processes } = stack;
  const rows: [string, string][] = [
    ['app', `${stack.app}   (pid ${processes.app})`],
    ['databricks, primary', `${stack.databricks.primary}   (pid ${processes.simulators})`],
    ['databricks, dr', stack.databricks.dr],
    ['messages', `${stack.messages}/`],
    ['service bus', `${stack.serviceBus}   (pid ${processes.serviceBus})`],
    ['tables', `${stack.tables}   (pid ${processes.tables})`],
    ['blobs', stack.blobs],
    ['control', stack.control],
    ['keys and addresses', shown(stackFilePath(dir))],
    ['logs', shown(`${dir}/logs`)],
  ];
  const seconds = (startedInMs / 1000).toFixed(1);
  return [
    `The laptop cloud is up after ${seconds} s. Everything listens on loopback; its clocks run ${stack.timeScale} times faster than real life.`,
    '',
    ...aligned(rows),
  ];
}

export function hints(stack: StackFile): string[] {
  const key = `-H 'x-api-key: ${stack.apiKey}'`;
  const body = JSON.stringify({
    event: 'cluster.terminated',
    cluster: {
      cluster_id: 'test-cluster-123',
      cluster_name: 'Test Cluster',
      state: 'TERMINATED',
      termination_reason: { code: 'DRIVER_UNREACHABLE', type: 'CLIENT_ERROR', parameters: { driver_id: 'driver-abc' } },
    },
  });
  return [
    'To try:',
    `  curl -s ${key} -H 'Content-Type: application/json' ${stack.app}/databricks-monitor -d '${body}'`,
    `  curl -s ${key} ${stack.app}/api/incidents`,
    `  curl -s ${stack.messages}/            what people were told`,
    `  curl -s ${stack.databricks.primary}/_sim/calls   what the workspace was asked`,
    '  npm run simulate -- list              what can go wrong, and be watched',
    '',
    'Ctrl-C stops everything.',
  ];
}

/** A path as short as it can be said from here. */
export function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}

export function faultLines(title: string, faults: readonly string[]): string[] {
  return [title, ...faults.map((fault) => `  - ${fault}`)];
}
