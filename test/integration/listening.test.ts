import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { listenOn } from '#main/api/listener.ts';
import { startTestServer } from '#test/support/start-test-server.ts';

/** Somebody else's server. */
async function occupy(port: number, host = '127.0.0.1'): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, ipv6Only: true }, resolve);
  });
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function listen(port: number, explicit: boolean, host = '127.0.0.1') {
  const made: Server[] = [];
  onTestFinished(() => made.forEach((server) => server.close()));
  const listening = await listenOn({ host, port, explicit }, () => {
    const server = createServer();
    made.push(server);
    return server;
  });
  return { ...listening, bound: made.filter((server) => server.listening).length };
}

const hasIpv6 = await occupyOnce('::1');

async function occupyOnce(host: string): Promise<boolean> {
  const server = createServer();
  const isThere = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port: 0, host }, () => resolve(true));
  });
  server.close();
  return isThere;
}

describe('ports', () => {
  test('a busy port that nobody named gives way to the next free one', async () => {
    const taken = await occupy(0);
    const { port } = await listen(taken, false);
    expect(port).toBeGreaterThan(taken);
    expect(port).toBeLessThan(taken + 10);
  });

  test('a busy port that was named is an error with the program that holds it', async () => {
    const port = await occupy(0);
    await expect(listen(port, true)).rejects.toMatchObject({
      code: 'port-in-use',
      data: process.platform === 'linux' ? { port, pid: process.pid } : { port },
      hint: 'Stop that program, or choose another port with --port.',
    });
  });

  test('the default ports are tried up to 11544 and no further', async () => {
    const { port } = await listen(11_544, false).catch(() => ({ port: 11_544 }));
    expect(port).toBe(11_544);
    await expect(listen(11_544, false)).rejects.toMatchObject({ code: 'port-in-use' });
  });

  test('any free port is one port on both addresses', async () => {
    const { port, addresses, bound } = await listen(0, true);
    expect(port).toBeGreaterThan(0);
    expect(addresses).toEqual(hasIpv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1']);
    expect(bound).toBe(addresses.length);
  });

  test.runIf(hasIpv6)('a port that is taken on IPv6 only is not half used', async () => {
    const taken = await occupy(0, '::1');
    await expect(listen(taken, true)).rejects.toMatchObject({ code: 'port-in-use' });
    const { port, addresses } = await listen(taken, false);
    expect(port).toBeGreaterThan(taken);
    expect(addresses).toEqual(['127.0.0.1', '::1']);
    await expect(fetch(`http://127.0.0.1:${taken}/`)).rejects.toThrow();
  });
});

describe('addresses', () => {
  test.each(['0.0.0.0', '::', '192.168.1.5', 'my-mac.local'])('%s is beyond loopback and refused', async (host) => {
    await expect(listen(0, true, host)).rejects.toMatchObject({ code: 'not-available', data: { host } });
  });

  test('another loopback address is served alone', async () => {
    expect((await listen(0, true, '127.0.0.1')).addresses[0]).toBe('127.0.0.1');
    if (process.platform !== 'linux') return;
    expect((await listen(0, true, '127.0.0.2')).addresses).toEqual(['127.0.0.2']);
  });
});

test('a closed server gives its port back', async () => {
  const { server, port } = await startTestServer();
  await server.close({ drainMs: 0 });
  expect((await listen(port, true)).port).toBe(port);
});
