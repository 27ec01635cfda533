import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { contentSecurityPolicy } from './content-security-policy.ts';
import { isOwnPage } from './links.ts';

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

const headers = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** Answers a request of our own scheme out of the renderer's folder, and of nothing else. Never rejects. */
export async function serveRendererFile(folder: string, url: string): Promise<Response> {
  const file = isOwnPage(url) ? await findFile(folder, url) : undefined;
  const type = file === undefined ? undefined : contentTypes[path.extname(file)];
  if (file === undefined || type === undefined) return new Response('Not found', { status: 404, headers });
  try {
    return new Response(new Uint8Array(await readFile(file)), { headers: { ...headers, 'content-type': type } });
  } catch {
    return new Response('Not found', { status: 404, headers });
  }
}

/** The real path of what a URL names, when it lies inside the folder after every link is followed. */
async function findFile(folder: string, url: string): Promise<string | undefined> {
  try {
    const wanted = decodeURIComponent(new URL(url).pathname);
    if (wanted.includes('\0') || wanted.includes('\\')) return undefined;
    const root = await realpath(folder);
    const file = await realpath(path.join(root, wanted === '/' ? 'index.html' : wanted));
    return file.startsWith(root + path.sep) ? file : undefined;
  } catch {
    return undefined;
  }
}
