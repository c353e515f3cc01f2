// Reads an answer to its end or to a bound, whatever its headers promise.

/** The object that it holds; undefined when it is too large, breaks off, or is none. */
export async function readJson(
  response: Response,
  maxBytes: number,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      if (bytes > maxBytes) return undefined;
      chunks.push(chunk);
    }
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    // It broke off, or is no JSON: what it means is for whoever sees the status.
    return undefined;
  }
}
