// An incident whose silence is over, found by the watchdog when it was due: what was kept back goes out.

import { cameOut } from '../../domain/incidents/kept-back.ts';
import type { IncidentFile } from '../../ports/incident-store.ts';
import { commitCommand } from '../operator/commit-command.ts';
import { isLeftToRun, silenceOver } from './coming-out.ts';
import type { StandingOrderPorts } from './ports.ts';

/** False: it has to wait, or its own run does it. */
export async function comeOut(ports: StandingOrderPorts, found: IncidentFile): Promise<boolean> {
  const { incident } = found;
  if (isLeftToRun(found) || (await silenceOver(ports, incident))) return false;
  const operator = { name: 'lakewarden', caller: 'watchdog' };
  await commitCommand(ports, { incidentId: incident.id, operator, ifMatch: 'any' }, (file) =>
    isLeftToRun(file) ? { incident: file.incident, events: [] } : cameOut(file.incident, file.runs),
  );
  return true;
}
