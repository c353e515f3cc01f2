// Where the infrastructure code of a component stands, and what applies it: both only if the estate says so.
import type { Component } from '../../domain/estate/components.ts';
import type { IncidentComponent } from '../../domain/incidents/incident.ts';
import type { Provisioners } from '../../ports/provisioner.ts';
import type { StepContext } from '../../steps/step.ts';

export function infrastructureOf(
  provisioners: Provisioners,
  { workspace }: IncidentComponent,
  listed: Component | undefined,
): Pick<StepContext, 'infrastructure'> {
  const address = listed?.terraformAddress;
  const provisioner = workspace === null ? undefined : provisioners.get(workspace);
  return address === undefined || !provisioner ? {} : { infrastructure: { provisioner, address } };
}
