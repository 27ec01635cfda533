/**
 * For `NODE_OPTIONS=--import`: every connection that leaves this machine is refused and written down, one line each, in
 * the file that IMPETUS_TEST_CONNECTIONS names. Name look-ups count too.
 */
import { appendFileSync } from 'node:fs';
import dgram from 'node:dgram';
import dns from 'node:dns';
import net from 'node:net';

const file = process.env['IMPETUS_TEST_CONNECTIONS'] ?? '';
const loopback = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

function refuse(target: string): never {
  appendFileSync(file, `${process.pid} ${target}\n`);
  throw new Error(`${target} is outside this machine.`);
}

/** The host among the arguments of a connect; undefined for pipes and for the default, which is this machine. */
function hostOf([first, second]: readonly unknown[]): string | undefined {
  if (Array.isArray(first)) return hostOf(first);
  if (typeof first === 'object' && first !== null) return Reflect.get(first, 'host') as string | undefined;
  return typeof first === 'number' && typeof second === 'string' ? second : undefined;
}

const connect = Reflect.get(net.Socket.prototype, 'connect') as (...values: unknown[]) => unknown;
Reflect.set(net.Socket.prototype, 'connect', function (this: net.Socket, ...values: unknown[]) {
  const host = hostOf(values);
  if (host !== undefined && !loopback.test(host)) refuse(host);
  return connect.apply(this, values);
});
const lookup = dns.lookup as (...values: unknown[]) => unknown;
Reflect.set(dns, 'lookup', (...values: unknown[]) => {
  if (!loopback.test(String(values[0]))) refuse(String(values[0]));
  return lookup(...values);
});
Reflect.set(dgram.Socket.prototype, 'send', () => refuse('a datagram'));
