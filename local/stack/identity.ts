// What makes a laptop cloud the same one for its clients: its secrets and its ports. Fresh at each start, or with --durable kept beside
// the state, so that a client of before goes on with the connection strings it has.
import { randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { RefusedOptions, type StartOptions } from './options.ts';
import { freePort } from './ports.ts';
import { freshAzureSecrets, freshSecrets, type Secrets } from './secrets.ts';

/** Below what systems hand out to connections on their way out (Linux from 32,768): none of those is in our way at the next start. */
const LOWEST_KEPT_PORT = 20_000;
const HIGHEST_KEPT_PORT = 29_999;
/** A stack that was killed leaves its processes a moment to end, and with them go their ports. */
export const PORT_WAIT_MS = 6_000;
const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;

const port = z.int().min(1).max(65_535);
const portsSchema = z.object({
  app: port,
  tables: port,
  blobs: port,
  serviceBus: port,
  primary: port,
  dr: port,
  terraform: port,
  messages: port,
  /** Folders of before there was one do not have it; 0 is any free one. */
  azure: z.int().min(0).max(65_535).default(0),
  control: port,
});
const secret = z.string().min(1);
const identitySchema = z.object({
  secrets: z.object({
    apiKey: secret,
    basic: z.object({ username: secret, password: secret }),
    adminKey: secret,
    databricksToken: secret,
    terraformToken: secret,
    azure: z
      .object({ tenantId: secret, hooksAppId: secret, hooksCallerSecret: secret, armToken: secret })
      .default(freshAzureSecrets),
    /** Folders of before there were links do not have one. */
    approvalLinkSecret: secret.default(() => freshSecrets().approvalLinkSecret),
    storageKey: secret,
    sharedAccessKey: secret,
  }),
  ports: portsSchema,
});

/** 0 stands for any free port. */
export type Ports = z.infer<typeof portsSchema>;

export interface Identity {
  readonly secrets: Secrets;
  readonly ports: Ports;
}

/** Everything that a durable stack keeps, for each of its processes a folder. To forget it all, delete it. */
export function durableDir(dir: string, ...names: string[]): string {
  return join(dir, 'durable', ...names);
}

/** Rejects with `RefusedOptions`, e.g. when another program has a port that this cloud had. */
export async function identityFor(options: StartOptions): Promise<Identity> {
  if (!options.durable) return { secrets: freshSecrets(), ports: anyPorts(options.port) };
  const kept = readKept(options.dir) ?? { secrets: freshSecrets(), ports: await distinctPorts() };
  const ports = { ...kept.ports, app: options.port === 0 ? kept.ports.app : options.port };
  for (const port of Object.values(ports)) await ownPort(port, options);
  const identity = { ...kept, ports };
  keep(options.dir, identity);
  return identity;
}

async function ownPort(port: number, { dir }: StartOptions): Promise<void> {
  await freePort(port, PORT_WAIT_MS).catch((error: unknown) => {
    const words = error instanceof Error ? error.message : String(error);
    const folder = durableDir(dir);
    throw new RefusedOptions(`${words} If the port is one that ${folder} keeps, deleting that begins anew.`);
  });
}

function anyPorts(app: number): Ports {
  return {
    app,
    tables: 0,
    blobs: 0,
    serviceBus: 0,
    primary: 0,
    dr: 0,
    terraform: 0,
    messages: 0,
    azure: 0,
    control: 0,
  };
}

async function distinctPorts(): Promise<Ports> {
  const names = portsSchema.keyof().options;
  const ports = new Set<number>();
  while (ports.size < names.length) {
    const port = randomInt(LOWEST_KEPT_PORT, HIGHEST_KEPT_PORT + 1);
    // Taken by somebody: the next one.
    await freePort(port).then(
      () => ports.add(port),
      () => undefined,
    );
  }
  return portsSchema.parse(Object.fromEntries([...ports].map((port, index) => [names[index], port])));
}

function readKept(dir: string): Identity | undefined {
  const file = fileIn(dir);
  try {
    return identitySchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    const folder = durableDir(dir);
    throw new RefusedOptions(`${file} cannot be read as written by --durable. To begin anew, delete ${folder}.`);
  }
}

function keep(dir: string, identity: Identity): void {
  mkdirSync(durableDir(dir), { recursive: true, mode: OWNER_ONLY_FOLDER });
  const file = fileIn(dir);
  writeFileSync(`${file}.new`, `${JSON.stringify(identity, null, 2)}\n`, { mode: OWNER_ONLY_FILE });
  renameSync(`${file}.new`, file);
}

function fileIn(dir: string): string {
  return durableDir(dir, 'identity.json');
}
