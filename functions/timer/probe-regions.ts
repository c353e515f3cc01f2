// Every minute: look at every workspace ourselves (B4).
import { core } from '../../shared/compose.ts';
import { probeRegions } from '../../shared/usecases/probes/probe-regions.ts';

export async function probeRegionsTimer(): Promise<void> {
  await probeRegions(core());
}
