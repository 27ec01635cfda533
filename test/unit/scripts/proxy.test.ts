import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { httpGet } from '#scripts/setup/http-request.mjs';
import { proxyFor } from '#scripts/setup/proxy.mjs';
import { startFileServer } from './file-server.ts';

describe('which proxy', () => {
  const proxy = 'http://proxy.example:3128';
  test.each([
    ['https://huggingface.co/a', { HTTPS_PROXY: proxy }, 'http://proxy.example:3128/'],
    ['https://huggingface.co/a', { https_proxy: proxy }, 'http://proxy.example:3128/'],
    ['https://huggingface.co/a', { ALL_PROXY: proxy }, 'http://proxy.example:3128/'],
    ['https://huggingface.co/a', { HTTPS_PROXY: 'proxy.example:3128' }, 'http://proxy.example:3128/'],
    ['http://huggingface.co/a', { HTTPS_PROXY: proxy }, undefined],
    ['http://huggingface.co/a', { HTTP_PROXY: proxy }, 'http://proxy.example:3128/'],
    ['https://huggingface.co/a', { HTTPS_PROXY: proxy, NO_PROXY: 'huggingface.co' }, undefined],
    ['https://cdn.huggingface.co/a', { HTTPS_PROXY: proxy, NO_PROXY: 'other.org, .huggingface.co' }, undefined],
    ['https://nothuggingface.co/a', { HTTPS_PROXY: proxy, NO_PROXY: 'huggingface.co' }, 'http://proxy.example:3128/'],
    ['https://huggingface.co/a', { HTTPS_PROXY: proxy, NO_PROXY: 'huggingface.co:8443' }, 'http://proxy.example:3128/'],
    ['https://huggingface.co/a', { HTTPS_PROXY: proxy, no_proxy: '*' }, undefined],
    ['https://127.0.0.1:8443/a', { HTTPS_PROXY: proxy }, undefined],
    ['http://localhost:8080/a', { HTTP_PROXY: proxy }, undefined],
    ['https://huggingface.co/a', { HTTPS_PROXY: 'socks5://proxy.example:1080' }, undefined],
    ['https://huggingface.co/a', {}, undefined],
  ])('%s with %j goes through %s', (address, environment: NodeJS.ProcessEnv, expected) => {
    expect(proxyFor(new URL(address), environment)?.href).toBe(expected);
  });
});

/** A proxy on loopback: forwards plain requests and CONNECT tunnels to one server, whatever name they ask for. */
async function startProxy(targetPort: number) {
  const seen: string[] = [];
  const proxy = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim());
    response.end('through the proxy');
  });
  proxy.on('connect', (request, socket) => {
    seen.push(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim());
    const upstream = connect(targetPort, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    upstream.pipe(socket).pipe(upstream);
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return { seen, port: (proxy.address() as AddressInfo).port };
}

test('plain http is asked of the proxy by its whole address, with credentials', async () => {
  const proxy = await startProxy(9);
  const response = await httpGet('http://hub.example/model?x=1', {
    environment: { HTTP_PROXY: `http://me:p%40ss@127.0.0.1:${proxy.port}` },
  });
  expect(await text(response)).toBe('through the proxy');
  expect(proxy.seen).toEqual([`GET http://hub.example/model?x=1 Basic ${Buffer.from('me:p@ss').toString('base64')}`]);
});

test('https goes through a CONNECT tunnel', async () => {
  const server = await startFileServer({ content: Buffer.from('not tls') });
  const proxy = await startProxy(server.port);
  const request = httpGet('https://hub.example/model', {
    environment: { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` },
  });
  // The far end speaks no TLS: the handshake inside the tunnel fails, which shows that it was tried there.
  await expect(request).rejects.toThrow(/SSL|TLS|EPROTO|wrong version|socket/i);
  expect(proxy.seen).toEqual(['CONNECT hub.example:443']);
});

test('a proxy that refuses is named, with its status', async () => {
  const proxy = createServer();
  proxy.on('connect', (_request, socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'));
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void proxy.close());
  const { port } = proxy.address() as AddressInfo;
  const environment = { HTTPS_PROXY: `http://127.0.0.1:${port}` };
  await expect(httpGet('https://hub.example/', { environment })).rejects.toThrow(
    `the proxy 127.0.0.1:${port} refused hub.example:443 with status 407`,
  );
});

test('an endless redirect ends', async () => {
  const server = await startFileServer({ content: Buffer.from(''), redirectTo: '/again' });
  await expect(httpGet(`${server.url}/start`)).rejects.toThrow(/redirects more than 5 times/);
  expect(server.requests).toHaveLength(6);
});
