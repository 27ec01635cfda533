/** Our own pages come from here and nowhere else. */
export const appScheme = 'impetus-app';
export const appOrigin = `${appScheme}://ui`;

/** True for a page of the app itself. The URL parser does not give custom schemes an origin, so parts are compared. */
export function isOwnPage(url: string): boolean {
  const parsed = parseUrl(url);
  return parsed?.protocol === `${appScheme}:` && parsed.host === 'ui' && parsed.username === '' && parsed.port === '';
}

/** Hosts that open without a question; every other https address asks first. */
const knownHosts = new Set(['huggingface.co', 'github.com']);

export type LinkVerdict = { verdict: 'refuse' } | { verdict: 'ask' | 'open'; url: string };

/**
 * Whether an address may leave the app for the user's browser or mail program. Only https and mailto ever do; the
 * address is the parsed one, so that what is shown is what opens. A loopback page of our own server may be http.
 */
export function judgeLink(raw: string, ownServer?: string): LinkVerdict {
  const url = raw.length <= 2048 ? parseUrl(raw) : undefined;
  if (!url || hasControlCharacters(raw) || url.username !== '' || url.password !== '') return { verdict: 'refuse' };
  if (ownServer !== undefined && url.origin === ownServer) return { verdict: 'open', url: url.href };
  if (url.protocol === 'mailto:') return { verdict: 'ask', url: url.href };
  if (url.protocol !== 'https:') return { verdict: 'refuse' };
  return { verdict: knownHosts.has(url.hostname) ? 'open' : 'ask', url: url.href };
}

/** Tabs, line ends, spaces: the URL parser drops or encodes them in silence, so nobody means them. */
function hasControlCharacters(raw: string): boolean {
  return [...raw].some((character) => character <= ' ' || character === '\u007f');
}

function parseUrl(raw: string): URL | undefined {
  try {
    return new URL(raw);
  } catch {
    return undefined;
  }
}
