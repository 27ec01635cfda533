import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import type { ControlEndpoint } from '#shared/control/transports/control-transport.ts';
import { ControlAccess, controlRoutes, uiRoutes } from '#main/api/control/index.ts';

export const testToken = 'c'.repeat(64);

export interface ControlServerOptions {
  router: ControlEndpoint;
  port?: number;
  uiFolder?: string;
  access?: ControlAccess;
}

/** The control routes alone on a real loopback socket. */
export async function startControlServer({
  router,
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
  await app.register(controlRoutes({ router, access }));
  await app.register(uiRoutes({ folder: uiFolder, access }));
  await app.listen({ host: '127.0.0.1', port });
  const address = app.server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${address.port}`,
    port: address.port,
    access,
    close: () => app.close(),
  };
}
