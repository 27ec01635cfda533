import { readFile } from 'node:fs/promises';
import type { ControlTransport } from '#shared/control/transports/control-transport.ts';
import { AppError } from '#shared/errors/app-error.ts';
import type { HomePaths } from '../base/index.ts';
import type { Core } from './core.ts';

export interface AttachOptions {
  /** `http://127.0.0.1:PORT` */
  baseUrl: string;
  paths: Pick<HomePaths, 'controlToken'>;
  createTransport: (options: { baseUrl: string; token: () => Promise<string | undefined> }) => ControlTransport;
}

/**
 * The shell on a server that runs already. The token is read again for every request: a restarted server has a new one.
 * Throws `invalid-request` for an address that is not loopback.
 */
export function attachCore({ baseUrl, paths, createTransport }: AttachOptions): Core {
  const transport = createTransport({
    baseUrl: requireLoopback(baseUrl),
    token: async () => (await readFile(paths.controlToken, 'utf8').catch(() => '')).trim() || undefined,
  });
  return {
    transport,
    isAttached: true,
    async stop() {
      await transport.invoke('server.shutdown', {});
      transport.close();
    },
  };
}

/** The control token is sent in clear: only to this machine. */
function requireLoopback(baseUrl: string): string {
  const match = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d{1,5}\/?$/.exec(baseUrl);
  if (match) return baseUrl.replace(/\/$/, '');
  throw new AppError('invalid-request', `IMPETUS_ATTACH is "${baseUrl}", which is not an address of this machine.`, {
    hint: 'Use the form http://127.0.0.1:11535.',
  });
}
