// Every minute: how do the regions stand, by all witnesses together (C5)?
import { core } from '../../shared/compose.ts';
import { assessRegions } from '../../shared/usecases/regions/assess-regions.ts';

export async function assessRegionsTimer(): Promise<void> {
  await assessRegions(core());
}
