import type { TestServer } from '#test/support/start-test-server.ts';

export interface WireAnswer {
  status: number;
  headers: Headers;
  /** As it left the server; times, durations and token ids are replaced by words. */
  text: string;
}

export async function ask(
  { url }: Pick<TestServer, 'url'>,
  path: string,
  { method = 'POST', body, headers = {} }: { method?: string; body?: object; headers?: Record<string, string> } = {},
): Promise<WireAnswer> {
  const response = await fetch(`${url}${path}`, { method, headers, body: body ? JSON.stringify(body) : null });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text: text
      .replaceAll(/("(?:created|modified|expires)_at":)"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '$1TIME')
      .replaceAll(/("(?:\w+_)?duration":)\d+/g, '$1NS')
      .replaceAll(/("context":)\[[\d,]+\]/g, '$1IDS')
      .replaceAll(/("digest":)"[0-9a-f]{64}"/g, '$1HEX'),
  };
}
