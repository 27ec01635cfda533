/**
 * The proxy that the environment names for an address (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, either case), or
 * undefined. Loopback is always reached directly.
 *
 * @param {URL} target
 * @param {NodeJS.ProcessEnv} environment
 * @returns {URL | undefined}
 */
export function proxyFor(target, environment) {
  if (isLoopback(target.hostname) || isExcluded(target, read(environment, 'no_proxy'))) return undefined;
  const own = target.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const value = read(environment, own) || read(environment, 'all_proxy');
  if (!value) return undefined;
  const proxy = new URL(value.includes('://') ? value : `http://${value}`);
  return proxy.protocol === 'http:' || proxy.protocol === 'https:' ? proxy : undefined;
}

/**
 * @param {NodeJS.ProcessEnv} environment
 * @param {string} name
 */
const read = (environment, name) => environment[name] || environment[name.toUpperCase()] || '';

/** @param {string} host */
const isLoopback = (host) => host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host);

/**
 * @param {URL} target
 * @param {string} list comma-separated: `*`, `host`, `.domain`, `host:port`
 */
function isExcluded(target, list) {
  const entries = list
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter(Boolean);
  return entries.some((entry) => {
    if (entry === '*') return true;
    const [name = '', port] = entry.split(':');
    if (port && port !== (target.port || (target.protocol === 'https:' ? '443' : '80'))) return false;
    const domain = name.replace(/^\*?\./, '');
    return target.hostname === domain || target.hostname.endsWith(`.${domain}`);
  });
}
