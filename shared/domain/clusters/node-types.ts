// Which virtual machines can stand in for one that cannot be had. The estate's ranked list comes first; without one, by this rule:
// as many cores and GPUs, at least as much memory and at most twice, the same processor family (Arm or not), Photon where it was possible.
export interface NodeType {
  readonly id: string;
  readonly cores: number;
  readonly gpus: number;
  readonly memoryMb: number;
  readonly category: string;
  readonly arm: boolean;
  readonly photon: boolean;
  /** Deprecated or hidden: may go away, so nothing is moved to it. */
  readonly fading: boolean;
}

/** More than this costs noticeably more for the same cores. */
const MOST_MEMORY = 2;

/** Nearest first: same category, then the least additional memory, then by name so that every instance ranks alike. */
export function alternativesTo(known: readonly NodeType[], id: string): readonly string[] {
  const current = known.find((one) => one.id === id);
  if (!current) return [];
  return known
    .filter((one) => one.id !== id && standsInFor(one, current))
    .toSorted((a, b) => distance(a, current) - distance(b, current) || (a.id < b.id ? -1 : 1))
    .map((one) => one.id);
}

function standsInFor(one: NodeType, current: NodeType): boolean {
  return (
    !one.fading &&
    one.cores === current.cores &&
    one.gpus === current.gpus &&
    one.arm === current.arm &&
    (one.photon || !current.photon) &&
    one.memoryMb >= current.memoryMb &&
    one.memoryMb <= current.memoryMb * MOST_MEMORY
  );
}

function distance(one: NodeType, current: NodeType): number {
  const otherCategory = one.category === current.category ? 0 : 1_000_000_000;
  return otherCategory + one.memoryMb - current.memoryMb;
}

/**
 * The series of a size, which is what Azure counts vCPU quotas by: `Standard_D8s_v3` and `Standard_D4s_v3` are `Ds_v3`,
 * `Standard_DS3_v2` and `Standard_DS12_v2` are `DS_v2` (learn.microsoft.com: VM sizes, naming conventions).
 */
export function seriesOf(id: string): string {
  const parts = /^Standard_([A-Z]+)\d+(?:-\d+)?([a-z]*)(.*)$/.exec(id);
  return parts ? `${parts[1]}${parts[2]}${parts[3]}` : id;
}
