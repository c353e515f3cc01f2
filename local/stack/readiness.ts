// Asks the app whether its configuration holds: the doors open all the same, so only /health/ready can tell.
import * as z from 'zod';

const READY_LIMIT_MS = 20_000;
const ASK_AGAIN_MS = 100;
const REQUEST_LIMIT_MS = 5_000;

const faultSchema = z.object({ detail: z.string(), pointer: z.string().optional() });
const problemSchema = z.object({ errors: z.array(faultSchema).min(1) });

/** Empty once the app is ready; otherwise every fault it names, or why it never got ready. */
export async function readinessFaults(app: string): Promise<string[]> {
  const deadline = Date.now() + READY_LIMIT_MS;
  let last = 'no answer';
  while (Date.now() < deadline) {
    const answer = await ask(app);
    if (answer.status === 200) return [];
    const problem = problemSchema.safeParse(answer.body);
    if (answer.status === 503 && problem.success) return problem.data.errors.map(words);
    last = answer.words;
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
  return [`the app is not ready after ${READY_LIMIT_MS / 1000} s: GET /health/ready says ${last}`];
}

async function ask(app: string): Promise<{ status: number; body: unknown; words: string }> {
  try {
    const response = await fetch(`${app}/health/ready`, { signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
    const text = await response.text();
    return { status: response.status, body: asJson(text), words: `${response.status} ${text.slice(0, 300)}`.trim() };
  } catch (error) {
    return { status: 0, body: undefined, words: String(error) };
  }
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function words({ pointer, detail }: z.infer<typeof faultSchema>): string {
  return pointer ? `${pointer}: ${detail}` : detail;
}
