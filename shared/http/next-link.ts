// Where a list goes on: the address that was asked, with the continuation in it.

export function nextLinkOf(url: string, continuation: string | undefined): { nextLink?: string } {
  if (continuation === undefined) return {};
  const next = new URL(url);
  next.searchParams.set('continuation', continuation);
  return { nextLink: next.toString() };
}
