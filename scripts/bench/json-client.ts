export interface JsonAnswer {
  status: number;
  /** Headers that say what was done with the request's fields. */
  applied: string;
  body: unknown;
  ms: number;
}

/** What is not answered by then is given up: the status is 0. */
const defaultLimitMs = 600_000;

/** One request with a JSON body. A broken connection is an answer too: status 0. */
export async function postJson(url: string, body: unknown, limitMs = defaultLimitMs): Promise<JsonAnswer> {
  const startedAt = performance.now();
  const elapsed = (): number => performance.now() - startedAt;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(limitMs),
    });
    const applied = ['x-impetus-applied', 'x-impetus-ignored']
      .map((name) => response.headers.get(name) ?? '')
      .join(' ');
    return { status: response.status, applied: applied.trim(), body: await response.json(), ms: elapsed() };
  } catch (error) {
    return { status: 0, applied: '', body: String(error), ms: elapsed() };
  }
}

/** The results in the order of the items; at most `width` at once. */
export async function mapAtOnce<Item, Result>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  const runner = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: width }, runner));
  return results;
}
