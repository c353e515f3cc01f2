// Reads an answer to its end or to a bound, whatever its headers promise.

export interface Answer {
  /** Parsed JSON; undefined when there is none. */
  readonly body: unknown;
  readonly isEmpty: boolean;
  /** What kept it from being read whole. */
  readonly trouble?: 'too large' | 'broke off';
}

export async function readAnswer(response: Response, maxBytes: number): Promise<Answer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      if (bytes > maxBytes) return { body: undefined, isEmpty: false, trouble: 'too large' };
      chunks.push(chunk);
    }
  } catch {
    return { body: undefined, isEmpty: false, trouble: 'broke off' };
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return { body: parsed(text), isEmpty: text.trim() === '' };
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
