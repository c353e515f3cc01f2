// What `npm start` prints: what runs where, what can be tried, and why something did not start.
import { join, relative } from 'node:path';
import { type StackFile, stackFilePath } from './stack-file.ts';

/** Lines of columns, each but the last as wide as its longest entry. */
export function aligned(rows: readonly (readonly string[])[], indent = '  '): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map(
    (row) =>
      indent +
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
  );
}

export function whatRunsWhere(stack: StackFile, dir: string, startedInMs: number): string[] {
  const { app, serviceBus, simulators, tables } = stack.processes;
  const seconds = (startedInMs / 1000).toFixed(1);
  const rows: string[][] = [
    ['app', stack.app, `pid ${app}`],
    ['databricks, primary', stack.databricks.primary, `pid ${simulators}`],
    ['databricks, dr', stack.databricks.dr, `pid ${simulators}`],
    ['terraform', stack.terraform, `pid ${simulators}`],
    ['azure', stack.azure, `pid ${simulators}`],
    ['messages', `${stack.messages}/`, `pid ${simulators}`],
    ['service bus', stack.serviceBus, `pid ${serviceBus}`],
    ['tables', stack.tables, `pid ${tables}`],
    ['blobs', stack.blobs, `pid ${tables}`],
    ['control', stack.control, `pid ${stack.pid}`],
    ['keys and addresses', shown(stackFilePath(dir)), ''],
    ['logs', shown(join(dir, 'logs')), ''],
  ];
  return [
    `The laptop cloud is up after ${seconds} s, on loopback only; its simulators live ${stack.timeScale} times faster than real life.`,
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
    ...aligned([
      [`curl -s ${stack.messages}/`, 'what people were told'],
      [`curl -s ${stack.databricks.primary}/_sim/calls`, 'what the workspace was asked'],
      ['npm run simulate -- list', 'what can go wrong, and be watched'],
    ]),
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
