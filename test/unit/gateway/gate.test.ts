import { describe, expect, test } from 'vitest';
import { isAppError } from '#shared/errors/app-error.ts';
import { inspectRequest, type GatePolicy, type RequestHead } from '#main/gateway/index.ts';

const tool: RequestHead = {
  method: 'GET',
  target: '/v1/models',
  hosts: ['127.0.0.1:11535'],
  origin: undefined,
  fetchSite: undefined,
  fetchMode: undefined,
  contentType: undefined,
  requestedMethod: undefined,
  localAddress: '127.0.0.1',
};

function verdictOn(head: Partial<RequestHead>, policy: Partial<GatePolicy> = {}): string {
  try {
    return inspectRequest({ ...tool, ...head }, { allowedHosts: [], allowedOrigins: [], ...policy }).verdict;
  } catch (error) {
    if (isAppError(error)) return error.code;
    throw error;
  }
}

describe('Host', () => {
  test.each([
    'localhost',
    'localhost:11535',
    'LOCALHOST:11535',
    '127.0.0.1',
    '127.0.0.1:8080',
    '127.8.9.10:11535',
    '[::1]',
    '[::1]:11535',
    '[0:0:0:0:0:0:0:1]:11535',
    '[::ffff:127.0.0.1]:11535',
    '[::ffff:7f00:1]:11535',
  ])('%s is this machine', (host) => {
    expect(verdictOn({ hosts: [host] })).toBe('pass');
  });

  test.each([
    'evil.example',
    'evil.example:11535',
    'localhost.evil.com:11535',
    '127.0.0.1.nip.io:11535',
    '127.0.0.1.evil.example',
    'notlocalhost:11535',
    '0.0.0.0:11535',
    '[::]:11535',
    '192.168.1.5:11535',
    '[::ffff:c0a8:105]:11535',
    '127.1:11535',
    '2130706433:11535',
    '0x7f.0.0.1:11535',
    'localhost@evil.example',
    'localhost:11535:11535',
    'localhost, evil.example',
    'localhost:port',
    'local host',
    '::1',
  ])('%s is foreign', (host) => {
    expect(verdictOn({ hosts: [host] })).toBe('forbidden-host');
  });

  test('none, an empty one and two of them are malformed requests', () => {
    expect(verdictOn({ hosts: [] })).toBe('invalid-request');
    expect(verdictOn({ hosts: [''] })).toBe('invalid-request');
    expect(verdictOn({ hosts: ['127.0.0.1:11535', 'evil.example'] })).toBe('invalid-request');
  });

  test('a name that the user added passes with any port, or with the port that was added', () => {
    const anyPort = { allowedHosts: ['My-Mac.local'] };
    expect(verdictOn({ hosts: ['my-mac.local:11535'] }, anyPort)).toBe('pass');
    expect(verdictOn({ hosts: ['my-mac.local'] }, anyPort)).toBe('pass');
    expect(verdictOn({ hosts: ['other.local'] }, anyPort)).toBe('forbidden-host');
    const onePort = { allowedHosts: ['my-mac.local:443'] };
    expect(verdictOn({ hosts: ['my-mac.local:443'] }, onePort)).toBe('pass');
    expect(verdictOn({ hosts: ['my-mac.local:444'] }, onePort)).toBe('forbidden-host');
  });

  test('the address that the connection came in on passes, written as a dual-stack socket reports it', () => {
    expect(verdictOn({ hosts: ['192.168.1.5:11535'], localAddress: '::ffff:192.168.1.5' })).toBe('pass');
    expect(verdictOn({ hosts: ['192.168.1.6:11535'], localAddress: '192.168.1.5' })).toBe('forbidden-host');
  });

  test('the refusal names the setting', () => {
    expect(() =>
      inspectRequest({ ...tool, hosts: ['evil.example'] }, { allowedHosts: [], allowedOrigins: [] }),
    ).toThrow('The host "evil.example" is not allowed.');
  });
});

describe('target', () => {
  test.each(['http://evil.example/v1/models', 'evil.example:443', '', '*'])('%j is no path of ours', (target) => {
    expect(verdictOn({ target })).toBe('invalid-request');
  });

  test('OPTIONS may ask about the whole server', () => {
    expect(verdictOn({ method: 'OPTIONS', target: '*' })).toBe('pass');
  });
});

describe('Origin', () => {
  test.each([
    'https://evil.example',
    'null',
    'file://',
    'chrome-extension://abcdefgh',
    'vscode-webview://abc',
    'http://localhost:9999',
    'https://127.0.0.1:11535',
    'http://127.0.0.1:115350',
    'http://127.0.0.1',
    '*',
    '',
  ])('%j is foreign', (origin) => {
    expect(verdictOn({ origin })).toBe('forbidden-origin');
  });

  test('the page that this server itself has served is our own and needs no CORS header', () => {
    expect(
      inspectRequest({ ...tool, origin: 'http://127.0.0.1:11535' }, { allowedHosts: [], allowedOrigins: [] }),
    ).toEqual({ verdict: 'pass', headers: {} });
  });

  test('an origin that the user added is echoed exactly, never as a wildcard', () => {
    const policy = { allowedHosts: [], allowedOrigins: ['https://app.example/'] };
    expect(inspectRequest({ ...tool, origin: 'https://app.example' }, policy)).toEqual({
      verdict: 'pass',
      headers: {
        'access-control-allow-origin': 'https://app.example',
        'access-control-expose-headers': 'x-request-id, x-impetus-ignored, x-impetus-applied, retry-after',
        vary: 'Origin',
      },
    });
    expect(verdictOn({ origin: 'https://app.example.evil.example' }, policy)).toBe('forbidden-origin');
  });

  test('the opaque origin and a wildcard stay forbidden, even when they were added', () => {
    expect(verdictOn({ origin: 'null' }, { allowedOrigins: ['null', '*'] })).toBe('forbidden-origin');
    expect(verdictOn({ origin: 'https://evil.example' }, { allowedOrigins: ['null', '*'] })).toBe('forbidden-origin');
  });

  test.each([
    { fetchSite: 'cross-site', fetchMode: 'no-cors', verdict: 'forbidden-origin' },
    { fetchSite: 'same-site', fetchMode: 'no-cors', verdict: 'forbidden-origin' },
    { fetchSite: 'cross-site', fetchMode: 'navigate', verdict: 'pass' },
    { fetchSite: 'same-origin', fetchMode: 'cors', verdict: 'pass' },
    { fetchSite: 'none', fetchMode: 'navigate', verdict: 'pass' },
  ])('without an Origin, $fetchSite + $fetchMode: $verdict', ({ verdict, ...head }) => {
    expect(verdictOn(head)).toBe(verdict);
  });

  test('a form of another site that navigates by POST is refused', () => {
    expect(verdictOn({ method: 'POST', fetchSite: 'cross-site', fetchMode: 'navigate' })).toBe('forbidden-origin');
  });
});

describe('preflight', () => {
  const preflight = { ...tool, method: 'OPTIONS', origin: 'https://app.example', requestedMethod: 'POST' };

  test('an added origin is told what it may send; private-network access is never granted', () => {
    const answer = inspectRequest(preflight, { allowedHosts: [], allowedOrigins: ['https://app.example'] });
    expect(answer.verdict).toBe('preflight');
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-methods': 'GET, HEAD, POST, DELETE, OPTIONS',
      vary: 'Origin',
    });
    expect(answer.headers['access-control-allow-headers']?.split(', ')).toEqual(
      expect.arrayContaining(['authorization', 'content-type', 'x-stainless-retry-count', 'anthropic-version']),
    );
    expect(Object.keys(answer.headers)).not.toContain('access-control-allow-private-network');
    expect(Object.keys(answer.headers)).not.toContain('access-control-allow-credentials');
  });

  test('a foreign origin gets no answer to its preflight', () => {
    expect(verdictOn(preflight)).toBe('forbidden-origin');
  });
});

describe('content type', () => {
  const post = { method: 'POST', target: '/v1/chat/completions' };

  test.each(['text/plain', 'application/x-www-form-urlencoded', undefined])('a tool may send %s', (contentType) => {
    expect(verdictOn({ ...post, contentType })).toBe('pass');
  });

  test.each([
    { contentType: 'application/json', verdict: 'pass' },
    { contentType: 'Application/JSON; charset=utf-8', verdict: 'pass' },
    { contentType: 'text/plain', verdict: 'unsupported-media-type' },
    { contentType: 'multipart/form-data; boundary=x', verdict: 'unsupported-media-type' },
    { contentType: 'application/jsonx', verdict: 'unsupported-media-type' },
    { contentType: undefined, verdict: 'unsupported-media-type' },
  ])('a browser that sends $contentType: $verdict', ({ contentType, verdict }) => {
    expect(verdictOn({ ...post, contentType, fetchSite: 'same-origin' })).toBe(verdict);
    expect(verdictOn({ ...post, contentType, origin: 'http://127.0.0.1:11535' })).toBe(verdict);
  });
});
