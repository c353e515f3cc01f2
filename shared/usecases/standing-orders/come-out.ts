// An incident whose silence is over, found by the watchdog when it was due: what was kept back goes out.

import { cameOut } from '../../domain/incidents/kept-back.ts';
import type { IncidentFile } from '../../ports/incident-store.ts';
import { commitCommand } from '../operator/commit-command.ts';
import { silenceOver } from './coming-out.ts';
import type { StandingOrderPorts } from './ports.ts';

/** False: it has to wait, or its own run does it, which looks first whether it is well again. */
export async function comeOut(ports: StandingOrderPorts, { incident, runs }: IncidentFile): Promise<boolean> {
  const run = runs.find(({ number }) => number === incident.activeRun);
  const isItsRuns = run?.state.name === 'held' || run?.state.name === 'running';
  if (isItsRuns || (await silenceOver(ports, incident))) return false;
  const operator = { name: 'lakewarden', caller: 'watchdog' };
  await commitCommand(ports, { incidentId: incident.id, operator, ifMatch: 'any' }, (file) =>
    cameOut(file.incident, file.runs),
  );
  return true;
}
