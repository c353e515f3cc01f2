// The subscriptions that an estate file names: those that the simulated Resource Manager has. It is read as plain JSON: whether it is
// right is for the application to say.

export function namedSubscriptions(estate: unknown): string[] {
  const pairs = Object(estate).pairs;
  if (!Array.isArray(pairs)) return [];
  const workspaces = pairs.flatMap((pair) => ['primary', 'dr'].map((role) => Object(Object(pair)[role])));
  const ids = workspaces.flatMap(({ subscriptionId, network }) => [subscriptionId, ...linkSubscriptions(network)]);
  return [...new Set(ids.filter((id) => typeof id === 'string'))];
}

/** Links may be in others: that of a hub, that of who has the circuit. */
function linkSubscriptions(network: unknown): (string | undefined)[] {
  const { peerings, expressRouteCircuits } = Object(network);
  return [peerings, expressRouteCircuits].flat().map((id) => /^\/subscriptions\/([^/]+)\//i.exec(String(id))?.[1]);
}
