import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import { proxyFor } from './proxy.mjs';

const maxRedirects = 5;
const redirectStatuses = [301, 302, 303, 307, 308];

/**
 * A GET with redirects and proxies, on nothing but Node 18. The body is the returned stream; the caller reads or
 * destroys it. A token in `headers.authorization` never follows a redirect to another host.
 *
 * @param {string} url
 * @param {object} [options]
 * @param {Record<string, string>} [options.headers]
 * @param {NodeJS.ProcessEnv} [options.environment] where the proxy variables are looked up
 * @param {AbortSignal} [options.signal]
 * @param {number} [options.timeoutMs] silence on the connection that ends the request; default 30,000
 * @returns {Promise<http.IncomingMessage>}
 */
export async function httpGet(url, options = {}) {
  let target = new URL(url);
  let headers = { 'user-agent': 'impetus-setup', ...options.headers };
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    const response = await getOnce(target, { ...options, headers });
    const location = response.headers.location;
    if (!redirectStatuses.includes(response.statusCode ?? 0) || !location) return response;
    response.resume();
    const next = new URL(location, target);
    if (next.host !== target.host) headers = withoutAuthorization(headers);
    target = next;
  }
  throw new Error(`${url} redirects more than ${maxRedirects} times`);
}

/**
 * @param {URL} target
 * @param {{ headers: Record<string, string>, environment?: NodeJS.ProcessEnv, signal?: AbortSignal, timeoutMs?: number }} options
 * @returns {Promise<http.IncomingMessage>}
 */
async function getOnce(target, { headers, environment = process.env, signal, timeoutMs = 30_000 }) {
  const proxy = proxyFor(target, environment);
  const request = await openRequest({ target, proxy, headers, signal, timeoutMs });
  return new Promise((resolve, reject) => {
    request.setTimeout(timeoutMs, () =>
      request.destroy(new Error(`no answer from ${target.host} for ${timeoutMs} ms`)),
    );
    request.once('error', reject);
    request.once('response', resolve);
    request.end();
  });
}

/**
 * @param {{ target: URL, proxy: URL | undefined, headers: Record<string, string>, signal?: AbortSignal, timeoutMs: number }} options
 * @returns {Promise<http.ClientRequest>}
 */
async function openRequest({ target, proxy, headers, signal, timeoutMs }) {
  if (target.protocol !== 'http:' && target.protocol !== 'https:')
    throw new Error(`${target.href} is not an http address`);
  if (!proxy) return (target.protocol === 'https:' ? https : http).request(target, { headers, signal });
  const client = proxy.protocol === 'https:' ? https : http;
  if (target.protocol === 'http:') {
    const path = target.href;
    return client.request(proxy, { path, headers: { ...headers, host: target.host, ...credentials(proxy) }, signal });
  }
  const socket = await openTunnel({ client, proxy, target, signal, timeoutMs });
  const name = net.isIP(target.hostname) ? {} : { servername: target.hostname };
  const agent = new https.Agent();
  agent.createConnection = () => tls.connect({ socket, ...name });
  return https.request(target, { headers, signal, agent });
}

/**
 * @param {{ client: typeof http | typeof https, proxy: URL, target: URL, signal?: AbortSignal, timeoutMs: number }} options
 * @returns {Promise<import('node:net').Socket>}
 */
function openTunnel({ client, proxy, target, signal, timeoutMs }) {
  const authority = `${target.hostname}:${target.port || 443}`;
  return new Promise((resolve, reject) => {
    const request = client.request(proxy, {
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...credentials(proxy) },
      signal,
      agent: false,
    });
    request.setTimeout(timeoutMs, () => request.destroy(new Error(`no answer from the proxy ${proxy.host}`)));
    request.once('error', reject);
    request.once('connect', (response, socket) => {
      if (response.statusCode === 200) return resolve(/** @type {import('node:net').Socket} */ (socket));
      socket.destroy();
      reject(new Error(`the proxy ${proxy.host} refused ${authority} with status ${response.statusCode}`));
    });
    request.end();
  });
}

/**
 * @param {URL} proxy
 * @returns {Record<string, string>}
 */
function credentials(proxy) {
  if (!proxy.username) return {};
  const plain = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(plain).toString('base64')}` };
}

/**
 * @param {Record<string, string>} headers
 * @returns {Record<string, string>}
 */
function withoutAuthorization(headers) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'));
}
