import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import type { ControlEndpoint } from '#shared/control/transports/control-transport.ts';
import { ControlAccess, controlRoutes, uiRoutes } from '#main/api/control/index.ts';

export const testToken = 'c'.repeat(64);

export interface ControlServerOptions {
  router?: ControlEndpoint;
  /** Instead of `router`, for handlers that let browsers in. */
  createRouter?: (access: ControlAccess) => ControlEndpoint;
  port?: number;
  uiFolder?: string;
  access?: ControlAccess;
}

/** The control routes, the UI and a /health on a real loopback socket. */
export async function startControlServer({
  router,
  createRouter,
  port = 0,
  uiFolder = '/nonexistent',
  access = new ControlAccess({ token: testToken }),
}: ControlServerOptions): Promise<{
  baseUrl: string;
  port: number;
  access: ControlAccess;
  close: () => Promise<void>;
}> {
  const app = fastify({ forceCloseConnections: true });
  const endpoint = router ?? createRouter?.(access);
  if (!endpoint) throw new Error('Give a router.');
  await app.register(controlRoutes({ router: endpoint, access }));
  await app.register(uiRoutes({ folder: uiFolder, access }));
  app.get('/health', async () => ({ status: 'ok' }));
  await app.listen({ host: '127.0.0.1', port });
  const address = app.server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${address.port}`,
    port: address.port,
    access,
    close: () => app.close(),
  };
}
