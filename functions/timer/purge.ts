// Every hour: remove what is past its retention.
import { core } from '../../shared/compose.ts';
import { purgeOldRecords } from '../../shared/usecases/purge/purge-old-records.ts';

export async function purgeTimer(): Promise<void> {
  await purgeOldRecords(core());
}
