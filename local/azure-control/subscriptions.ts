// The subscriptions that an estate file names: those that the simulated Resource Manager has. It is read as plain JSON: whether it is
// right is for the application to say.

export function namedSubscriptions(estate: unknown): string[] {
  const pairs = Object(estate).pairs;
  if (!Array.isArray(pairs)) return [];
  const ids = pairs.flatMap((pair) => ['primary', 'dr'].map((role) => Object(Object(pair)[role]).subscriptionId));
  return [...new Set(ids.filter((id) => typeof id === 'string'))];
}
