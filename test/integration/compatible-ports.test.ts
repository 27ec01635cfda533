import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { defaultSettings, type Settings } from '#shared/domain/settings.ts';
import type { CompatiblePort } from '#shared/domain/server-state.ts';
import { CompatiblePorts } from '#main/compatible-ports.ts';
import type { OtherServer } from '#main/hardware/index.ts';
import { createRecordedLogger } from '#test/support/recorded-logger.ts';
import { startApp } from '#test/support/start-app.ts';
import { startTestServer } from '#test/support/start-test-server.ts';
import { verifies } from '#test/support/verifies.ts';

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function setUp({
  installed = [],
  mode = 'auto',
}: { installed?: OtherServer[]; mode?: Settings['compatiblePorts'] } = {}) {
  const server = await startTestServer();
  const settings = { ...defaultSettings, compatiblePorts: mode };
  const listeners = new Set<() => void>();
  let states: CompatiblePort[] = [];
  const ports = [
    { client: 'ollama', port: await findFreePort(), greeting: 'Ollama is running' },
    { client: 'lm-studio', port: await findFreePort() },
  ] as const;
  const compatible = new CompatiblePorts({
    server: server.server,
    settings: {
      get: () => settings,
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    findInstalled: () => new Set(installed),
    onChange: (next) => (states = next),
    logger: createRecordedLogger().logger,
    ports,
  });
  return {
    server,
    compatible,
    ollama: ports[0].port,
    lmStudio: ports[1].port,
    read: () => states.map(({ client, state }) => `${client} ${state}`),
    set: (value: Settings['compatiblePorts']) => {
      settings.compatiblePorts = value;
      for (const listener of listeners) listener();
    },
  };
}

const ask = async (port: number, path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();

test(
  'HEAD / is 200 on every port, and each port says what its clients look for',
  verifies(['API-13'], { breaks: 'src/main/api/operations/routes.ts#operationsRoutes' }, async () => {
    const { compatible, ollama, lmStudio, server } = await setUp();
    await compatible.apply();
    for (const port of [server.port, ollama, lmStudio]) {
      expect((await fetch(`http://127.0.0.1:${port}/`, { method: 'HEAD' })).status).toBe(200);
    }
    expect(await ask(ollama, '/')).toBe('Ollama is running');
    expect(await ask(lmStudio, '/')).toBe('Impetus is running');
    expect(await ask(server.port, '/')).toBe('Impetus is running');
  }),
);

test('the same API on all of them, on both loopback addresses, behind the same gate', async () => {
  const { compatible, ollama, lmStudio, server, read } = await setUp();
  await compatible.apply();
  expect(read()).toEqual(['ollama served', 'lm-studio served']);
  const hosts = server.addresses.map((address) => (address.includes(':') ? `[${address}]` : address));
  for (const port of [ollama, lmStudio]) {
    for (const host of hosts) {
      expect(await (await fetch(`http://${host}:${port}/v1/models`)).text()).toContain('"id":"test-model"');
    }
    const foreign = await fetch(`http://127.0.0.1:${port}/api/tags`, { headers: { origin: 'https://evil.example' } });
    expect(foreign.status).toBe(403);
  }
});

test('a port that somebody has is left alone, without a failure', async () => {
  const { compatible, ollama, read } = await setUp();
  const other = createServer((_request, response) => response.end('mine'));
  await new Promise<void>((resolve) => void other.listen(ollama, '127.0.0.1', resolve));
  onTestFinished(() => void other.close());
  await compatible.apply();
  expect(read()).toEqual(['ollama taken', 'lm-studio served']);
  expect(await ask(ollama, '/')).toBe('mine');
});

test('the port of a server that is installed is left to it, until the user says otherwise', async () => {
  const { compatible, ollama, read, set } = await setUp({ installed: ['ollama'] });
  await compatible.apply();
  expect(read()).toEqual(['ollama left', 'lm-studio served']);
  await expect(ask(ollama, '/')).rejects.toThrow();
  set('always');
  await expect.poll(() => read()).toEqual(['ollama served', 'lm-studio served']);
  expect(await ask(ollama, '/')).toBe('Ollama is running');
});

test('switched off, the ports are given back at once', async () => {
  const { compatible, ollama, lmStudio, read, set } = await setUp({ mode: 'always' });
  await compatible.apply();
  set('never');
  await expect.poll(() => read()).toEqual(['ollama off', 'lm-studio off']);
  for (const port of [ollama, lmStudio]) await expect(ask(port, '/')).rejects.toThrow();
});

test('the end of the server ends them too', async () => {
  const { compatible, ollama, server } = await setUp();
  await compatible.apply();
  await server.server.close({ drainMs: 0 });
  await expect(ask(ollama, '/')).rejects.toThrow();
});

test('the app says in its state what became of them', async () => {
  const started = await startApp({ takesCompatiblePorts: false });
  onTestFinished(() => started.stop());
  expect(await started.app.control.invoke('server.state', {})).toMatchObject({
    ok: true,
    value: {
      compatiblePorts: [
        { client: 'ollama', port: 11_434, state: 'off' },
        { client: 'lm-studio', port: 1_234, state: 'off' },
      ],
    },
  });
});
