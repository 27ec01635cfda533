import type { ControlClient } from '#shared/control/client.ts';
import { createControlClient } from '#shared/control/create-control-client.ts';
import { createHttpTransport } from '#shared/control/transports/http.ts';
import { AppError } from '#shared/errors/app-error.ts';
import type { CliEnvironment, CliHome } from './cli-environment.ts';
import { localOptions } from './serve-options.ts';

/** A server that answers may be slow under load; one that says nothing for so long hangs. */
const healthTimeoutMs = 5000;

export interface RunningServer {
  pid: number;
  baseUrl: string;
  client: ControlClient;
}

/** A way to the app, whoever runs it. */
export interface Connection {
  client: ControlClient;
  close(): Promise<void>;
}

/**
 * The Impetus that owns the home folder, if one runs and answers. One that runs and does not answer is an error: its
 * files must not be touched. Errors: `timeout`, `unauthorized`.
 */
export async function findRunningServer(
  home: CliHome,
  environment: Pick<CliEnvironment, 'fetch'>,
): Promise<RunningServer | undefined> {
  const instance = await home.findInstance();
  if (!instance) return undefined;
  const baseUrl = `http://127.0.0.1:${instance.port}`;
  if (!(await answers(environment, baseUrl, instance.pid))) return undefined;
  const transport = createHttpTransport({ baseUrl, fetch: environment.fetch, token: () => home.readControlToken() });
  return { pid: instance.pid, baseUrl, client: createControlClient(transport) };
}

/** The running server. Errors: `server-unreachable` when there is none. */
export async function requireRunningServer(
  home: CliHome,
  environment: Pick<CliEnvironment, 'fetch'>,
): Promise<RunningServer> {
  const server = await findRunningServer(home, environment);
  if (server) return server;
  throw new AppError('server-unreachable', `No Impetus runs with the home folder ${home.folder}.`, {
    hint: 'Start one with `impetus serve`.',
  });
}

/** The running server, or else the app in this process without HTTP. */
export async function connect(homeFolder: string | undefined, environment: CliEnvironment): Promise<Connection> {
  const server = await findRunningServer(environment.openHome(homeFolder), environment);
  if (server) return { client: server.client, close: async () => server.client.close() };
  const local = await environment.createLocalApp(localOptions(homeFolder));
  return {
    client: local.client,
    async close() {
      local.client.close();
      await local.stop();
    },
  };
}

async function answers(environment: Pick<CliEnvironment, 'fetch'>, baseUrl: string, pid: number): Promise<boolean> {
  const signal = AbortSignal.timeout(healthTimeoutMs);
  try {
    const response = await environment.fetch(`${baseUrl}/health`, { signal });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    if (!signal.aborted) return false; // Nobody listens there: the file was left behind.
    throw new AppError('timeout', `Impetus (process ${pid}) runs but does not answer at ${baseUrl}.`, {
      hint: `Wait for it, or end process ${pid} and try again.`,
      data: { pid },
    });
  }
}
