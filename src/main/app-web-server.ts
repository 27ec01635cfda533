import { rm } from 'node:fs/promises';
import os from 'node:os';
import type { ControlEndpoint } from '#shared/control/transports/control-transport.ts';
import {
  ControlAccess,
  controlRoutes,
  createControlToken,
  createHttpServer,
  uiRoutes,
  type HttpServer,
} from './api/index.ts';
import type { AppFiles } from './app-files.ts';
import type { Rooms } from './app-rooms.ts';
import { CompatiblePorts } from './compatible-ports.ts';
import { findInstalledServers } from './hardware/index.ts';
import type { HomePaths, Logger } from './base/index.ts';
import type { RunOptions, RunSettings } from './run-options.ts';
import type { ResponseStore } from './storage/index.ts';

export interface WebServerOptions {
  paths: HomePaths;
  files: AppFiles;
  run: RunOptions;
  rooms: Pick<Rooms, 'inference' | 'library' | 'metrics' | 'serverControl'>;
  responses: ResponseStore;
  settings: RunSettings;
  logger: Logger;
}

export interface Address {
  /** `http://127.0.0.1:PORT` */
  url: string;
  port: number;
  /** True when the port asked for was taken and another one is served. */
  isMoved: boolean;
  /** Lets a browser into the UI once, within 60 seconds. */
  mintUiUrl(): string;
}

export interface WebServer {
  access: ControlAccess;
  /** Errors: `port-in-use`, `not-available`. */
  listen(control: ControlEndpoint): Promise<Address>;
  close(): Promise<void>;
}

/** The HTTP side of the app: dialects, operations, the control contract and the interface, on one port. */
export async function openWebServer(options: WebServerOptions): Promise<WebServer> {
  const { paths, files, run, rooms, responses, settings, logger } = options;
  const access = new ControlAccess({ token: await createControlToken(paths.controlToken) });
  let server: HttpServer | undefined;
  let compatiblePorts: CompatiblePorts | undefined;
  return {
    access,
    async listen(control) {
      server = await createHttpServer({
        ...{ ...rooms, responses, settings, logger, version: files.version },
        modelsFolder: paths.models,
        mayManage: (authorization) => access.isToken(authorization),
        control: async (app) => {
          await app.register(controlRoutes({ router: control, access }));
          await app.register(uiRoutes({ folder: files.rendererFolder, access }));
        },
      });
      const asked = settings.get();
      const { port } = await server.listen({ host: asked.host, port: asked.port, explicit: run.port !== undefined });
      const url = `http://127.0.0.1:${port}`;
      compatiblePorts = new CompatiblePorts({
        ...{ server, settings, logger },
        findInstalled: () =>
          findInstalledServers({ platform: process.platform, environment: process.env, userHome: os.homedir() }),
        onChange: (ports) => rooms.serverControl.setCompatiblePorts(ports),
      });
      await compatiblePorts.apply();
      return {
        ...{ url, port },
        isMoved: port !== asked.port,
        mintUiUrl: () => `${url}/ui?code=${access.mintCode()}`,
      };
    },
    async close() {
      compatiblePorts?.close();
      await server?.close();
      await rm(paths.controlToken, { force: true });
    },
  };
}
