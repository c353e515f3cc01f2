// Runs Azurite in this process through its own command line, in memory or in a folder, on loopback, without telemetry.
// The command line has no switch to leave the queue service out, so it listens on loopback as well and nobody uses it.
import { createRequire } from 'node:module';
import { keyTables } from './keyed-tables.ts';

const START_LIMIT_MS = 30_000;
/** Longer than the proxy in front keeps an idle connection, so that no request meets one that is being closed. */
const KEEP_ALIVE_SECONDS = 3_600;
/** Azurite's word that a service listens; with port 0 it is the only place where the port can be read. */
const LISTENING = /Azurite (Blob|Queue|Table) service is successfully listening at http:\/\/127\.0\.0\.1:(\d+)/;

export interface AzuritePorts {
  readonly blobs: number;
  readonly tables: number;
}

/** Resolves when both services listen. A start that fails ends the process with Azurite's own words. Without `dir`: in memory. */
export async function runAzurite(account: string, key: string, dir?: string): Promise<AzuritePorts> {
  process.env.AZURITE_ACCOUNTS = `${account}:${key}`;
  process.argv.splice(1, Number.POSITIVE_INFINITY, 'azurite', ...commandLine(dir));
  const listening = portsFromOutput();
  keyTables();
  createRequire(import.meta.url)('azurite/dist/src/azurite.js');
  return listening;
}

function commandLine(dir: string | undefined): string[] {
  const services = ['blob', 'queue', 'table'].flatMap((service) => [
    `--${service}Host`,
    '127.0.0.1',
    `--${service}Port`,
    '0',
    `--${service}KeepAliveTimeout`,
    String(KEEP_ALIVE_SECONDS),
  ]);
  const persistence = dir === undefined ? ['--inMemoryPersistence'] : ['--location', dir];
  return [...services, '--silent', '--skipApiVersionCheck', '--disableTelemetry', ...persistence];
}

function portsFromOutput(): Promise<AzuritePorts> {
  const print = console.log;
  const ports = new Map<string, number>();
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error('Azurite did not start in time')), START_LIMIT_MS);
    console.log = (...words: unknown[]) => {
      print(...words);
      const [, service, port] = LISTENING.exec(String(words[0])) ?? [];
      if (service && port) ports.set(service, Number(port));
      const [blobs, tables] = [ports.get('Blob'), ports.get('Table')];
      if (blobs === undefined || tables === undefined) return;
      clearTimeout(limit);
      console.log = print;
      resolve({ blobs, tables });
    };
  });
}
