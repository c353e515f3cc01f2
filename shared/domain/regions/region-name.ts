// Region names as Azure says them to people ("East US 2"), and as ARM and the estate say them ("eastus2").

/** What stands for every region at once in notices. */
const EVERYWHERE: ReadonlySet<string> = new Set(['global', 'nonregional', 'allregions', 'worldwide']);

/** `East US 2` and `(US) East US 2` are `eastus2`; what has no letters is ''. */
export function regionName(text: string): string {
  return text
    .replace(/^\s*\([^()]{0,40}\)/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
}

export function isEverywhere(region: string): boolean {
  return EVERYWHERE.has(region);
}
