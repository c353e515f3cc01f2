// `npm run report -- --kind cluster --id <id> --text "..." [--workspace <name>] [--name <name>]`: a person reports a failure (A11).
// LAKEWARDEN_URL and LAKEWARDEN_API_KEY say where and with which key.
import { parseArgs } from 'node:util';

const USAGE = 'npm run report -- --kind cluster --id <id> --text "what is wrong" [--workspace <name>] [--name <name>]';

interface Report {
  readonly component: {
    readonly kind: string;
    readonly id: string;
    readonly name?: string;
    readonly workspace?: string;
  };
  readonly text: string;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      kind: { type: 'string', default: 'cluster' },
      id: { type: 'string' },
      text: { type: 'string' },
      workspace: { type: 'string' },
      name: { type: 'string' },
      operator: { type: 'string', default: process.env.USER ?? 'somebody' },
    },
  });
  const url = process.env.LAKEWARDEN_URL;
  const key = process.env.LAKEWARDEN_API_KEY;
  const { id, text } = values;
  if (!id || !text || !url || !key) {
    console.error(
      `${USAGE}\nLAKEWARDEN_URL and LAKEWARDEN_API_KEY have to be set; on a laptop .lakewarden/stack.json has both.`,
    );
    return 2;
  }
  const { kind, name, workspace, operator } = values;
  const component = { kind, id, ...(name ? { name } : {}), ...(workspace ? { workspace } : {}) };
  return await send(url, key, operator, { component, text });
}

async function send(url: string, key: string, operator: string, report: Report): Promise<number> {
  const headers = { 'content-type': 'application/json', 'x-api-key': key, 'x-operator': operator };
  const answer = await fetch(new URL('/api/signals', url), { method: 'POST', headers, body: JSON.stringify(report) });
  console.log(JSON.stringify(await answer.json(), null, 2));
  return answer.ok ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(`Could not be reported: ${error instanceof Error ? error.message : String(error)}`);
  return 1;
});
