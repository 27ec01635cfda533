import type { TestServer } from '#test/support/start-test-server.ts';

/** An answer exactly as it leaves the server; ids, tokens, times and measured milliseconds are replaced by words. */
export async function post(
  server: TestServer,
  path: string,
  body: object,
): Promise<{ status: number; headers: Headers; text: string }> {
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text: text
      .replaceAll(/"id":"(chatcmpl|cmpl)-[0-9a-f]{32}"/g, '"id":"$1-ID"')
      .replaceAll(/"created":\d+/g, '"created":TIME')
      .replaceAll(/"id":\d+/g, '"id":TOKEN')
      .replaceAll(/("(?:prompt|predicted)_(?:ms|per_token_ms|per_second)":)[\d.e+-]+/g, '$1MS')
      .replaceAll(/("time_ms":)\d+/g, '$1MS'),
  };
}

/** The choices of every chunk, as they were sent. */
export function toChoices(text: string): string[] {
  return text
    .split('\n\n')
    .filter((frame) => frame.startsWith('data: {'))
    .map((frame) => /"choices":(\[.*?\])(?:,"(?:usage|timings|prompt_progress)":.*)?\}$/s.exec(frame)?.[1] ?? frame);
}
