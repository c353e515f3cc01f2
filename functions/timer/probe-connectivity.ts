// Every five minutes: test our way to everything that matters, layer by layer (B5).
import { core } from '../../shared/compose.ts';
import { probeConnectivity } from '../../shared/usecases/probes/probe-connectivity.ts';

export async function probeConnectivityTimer(): Promise<void> {
  await probeConnectivity(core());
}
