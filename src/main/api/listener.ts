import type { Server } from 'node:http';
import { AppError } from '#shared/errors/app-error.ts';
import { isLoopbackHost } from '../gateway/index.ts';
import { findPortHolder } from './port-holder.ts';

export interface ListenRequest {
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** The user named the port: when it is busy that is an error, and no other is taken. */
  explicit: boolean;
}

export interface Listening {
  port: number;
  /** Addresses served: `127.0.0.1` and, where the machine has IPv6, `::1`. */
  addresses: string[];
  servers: Server[];
}

/** Last of the ports that are tried one after the other, from the default port on. */
const lastDefaultPort = 11_544;
const portsTried = 10;
const attemptsForAnyPort = 20;

/**
 * Binds every address of the host on one port, or none. Errors: `port-in-use` names the process that holds it,
 * `not-available` when the system refuses the address or the port.
 */
export async function listenOn(
  { host, port, explicit }: ListenRequest,
  createServer: () => Server,
): Promise<Listening> {
  requireLoopback(host);
  for (const candidate of toCandidates(port, explicit)) {
    const listening = await bindAll(toAddresses(host), candidate, createServer);
    if (listening) return listening;
  }
  throw await toPortInUse(port, explicit);
}

/** Binds both loopback addresses on this port; undefined when somebody else has it. Errors: `not-available`. */
export function listenIfFree(port: number, createServer: () => Server): Promise<Listening | undefined> {
  return bindAll(toAddresses('localhost'), port, createServer);
}

/** Beyond loopback every request needs a key, and there are none to give out yet. */
function requireLoopback(host: string): void {
  if (isLoopbackHost(host.toLowerCase())) return;
  throw new AppError('not-available', `Impetus does not listen on ${host}: other machines would need no key.`, {
    hint: 'Use 127.0.0.1, and an SSH tunnel to reach it from another machine.',
    data: { host },
  });
}

/** Clients resolve `localhost` to either address first, so both are served. */
function toAddresses(host: string): string[] {
  const name = host.toLowerCase();
  return name === 'localhost' || name === '127.0.0.1' ? ['127.0.0.1', '::1'] : [host];
}

function toCandidates(port: number, explicit: boolean): number[] {
  if (port === 0) return new Array<number>(attemptsForAnyPort).fill(0);
  if (explicit) return [port];
  const last = Math.min(65_535, port <= lastDefaultPort ? lastDefaultPort : port + portsTried - 1);
  return Array.from({ length: Math.min(last - port + 1, portsTried) }, (_, index) => port + index);
}

/** Undefined when the port is taken on one of the addresses; nothing stays bound then. */
async function bindAll(
  addresses: readonly string[],
  port: number,
  createServer: () => Server,
): Promise<Listening | undefined> {
  const listening: Listening = { port, addresses: [], servers: [] };
  for (const address of addresses) {
    const server = createServer();
    const outcome = await bind(server, address, listening.port);
    if (outcome === 'busy') {
      for (const bound of listening.servers) bound.close();
      return undefined;
    }
    if (outcome === 'absent' && address === '::1') continue;
    if (outcome === 'absent') throw notAvailable(address, port, 'this machine does not have the address');
    listening.port = outcome;
    listening.addresses.push(address);
    listening.servers.push(server);
  }
  return listening;
}

/** The bound port; `busy` when somebody else has it, `absent` when the machine lacks the address. */
function bind(server: Server, address: string, port: number): Promise<number | 'busy' | 'absent'> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      switch (error.code) {
        case 'EADDRINUSE':
          return resolve('busy');
        case 'EADDRNOTAVAIL':
        case 'EAFNOSUPPORT':
          return resolve('absent');
        case 'EACCES':
          return reject(notAvailable(address, port, 'the system does not permit it'));
        default:
          return reject(notAvailable(address, port, error.message));
      }
    };
    server.once('error', onError);
    server.listen({ port, host: address, exclusive: true, ipv6Only: true }, () => {
      server.off('error', onError);
      const bound = server.address();
      resolve(typeof bound === 'object' && bound ? bound.port : port);
    });
  });
}

function notAvailable(address: string, port: number, reason: string): AppError {
  return new AppError('not-available', `Impetus cannot listen on ${address}, port ${port}: ${reason}.`, {
    hint: 'Choose another port with --port.',
    data: { address, port },
  });
}

async function toPortInUse(port: number, explicit: boolean): Promise<AppError> {
  const holder = await findPortHolder(port);
  const by = holder ? ` by ${holder.program} (pid ${holder.pid})` : '';
  const which = explicit ? `Port ${port} is` : `Port ${port} and those after it are`;
  return new AppError('port-in-use', `${which} in use${by}.`, {
    hint: 'Stop that program, or choose another port with --port.',
    data: { port, ...holder },
  });
}
