import { createControlClient } from '#shared/control/create-control-client.ts';
import { createHttpTransport } from '#shared/control/transports/http.ts';
import { describeControlTransport } from './control-conformance.ts';
import { startControlServer, testToken } from '#test/support/start-control-server.ts';

describeControlTransport('HTTP with the control token', async (router) => {
  const { baseUrl, close } = await startControlServer({ router });
  const transport = createHttpTransport({ baseUrl, fetch, token: () => testToken });
  return { client: createControlClient(transport), close };
});

describeControlTransport('HTTP with a browser session', async (router) => {
  const { baseUrl, close, access } = await startControlServer({ router });
  const entrance = await fetch(`${baseUrl}/ui?code=${access.mintCode()}`, { redirect: 'manual' });
  const cookie = entrance.headers.get('set-cookie')?.split(';')[0] ?? '';
  const asBrowser: typeof fetch = (url, options = {}) =>
    fetch(url, { ...options, headers: { ...(options.headers as object), cookie, 'sec-fetch-site': 'same-origin' } });
  return { client: createControlClient(createHttpTransport({ baseUrl, fetch: asBrowser })), close };
});
