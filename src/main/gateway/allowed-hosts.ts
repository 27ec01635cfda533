import { BlockList, isIP } from 'node:net';
import { AppError } from '#shared/errors/app-error.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** True for 127.0.0.0/8 and ::1, in any spelling, mapped ones (`::ffff:7f00:1`) included. */
export function isLoopbackAddress(address: string): boolean {
  // What nearly every request comes from; a block list is asked natively.
  if (address === '127.0.0.1') return true;
  const family = isIP(address);
  if (family === 0) return false;
  return loopback.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** True for `localhost` and every loopback address. */
export function isLoopbackHost(name: string): boolean {
  return name === 'localhost' || isLoopbackAddress(name);
}

export interface HostName {
  /** Lower case; an IPv6 address without brackets. */
  name: string;
  port: string | undefined;
}

const hostPattern = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?$/;

/** The parts of a `Host` value or of an `allowedHosts` entry; undefined when it is neither name nor address. */
function parseHost(value: string): HostName | undefined {
  const match = hostPattern.exec(value.toLowerCase());
  if (!match) return undefined;
  const [, address, name, port] = match;
  if (address !== undefined) return isIP(address) === 6 ? { name: address, port } : undefined;
  return name === undefined ? undefined : { name, port };
}

export interface HostPolicy {
  /** The setting `allowedHosts`: `name` or `name:port`. */
  allowedHosts: readonly string[];
  /** Address of ours that the connection came in on; asking for it by number cannot be a rebound name. */
  localAddress: string | undefined;
}

/**
 * The guard against DNS rebinding: a page of a foreign name that resolves to this machine still sends its own name.
 * Loopback names may carry any port, so that a forwarded port (`ssh -L`) works. Returns the host, or throws
 * `invalid-request` (none or several) or `forbidden-host`.
 */
export function checkHost(hosts: readonly string[], policy: HostPolicy): HostName {
  const [value] = hosts;
  if (hosts.length !== 1 || value === undefined || value === '') {
    throw new AppError('invalid-request', `The request has ${hosts.length > 1 ? 'several Host headers' : 'no Host'}.`, {
      hint: 'Send exactly one Host header.',
    });
  }
  const host = parseHost(value);
  if (host && isAllowed(host, policy)) return host;
  throw new AppError('forbidden-host', `The host ${JSON.stringify(value.slice(0, 100))} is not allowed.`, {
    hint: 'Use http://127.0.0.1 or http://localhost, or add the name to the setting allowedHosts.',
  });
}

function isAllowed(host: HostName, { allowedHosts, localAddress }: HostPolicy): boolean {
  if (isLoopbackHost(host.name)) return true;
  if (localAddress !== undefined && host.name === unmapped(localAddress)) return true;
  return allowedHosts.some((entry) => {
    const allowed = parseHost(entry);
    return allowed?.name === host.name && (allowed.port === undefined || allowed.port === host.port);
  });
}

/** `::ffff:192.168.1.5`, as a dual-stack socket reports it, is the IPv4 address. */
function unmapped(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}
