import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { isAppError } from '#shared/errors/app-error.ts';
import { requireLoopback, type ControlAccess } from './control-access.ts';
import { toAccessRequest } from './to-access-request.ts';
import { entrancePage, forbiddenPage, missingBuildPage, notFoundPage, type PlainPage } from './ui-pages.ts';
import { findUiFile } from './ui-files.ts';

export interface UiRoutesOptions {
  /** Folder of the built renderer (`dist/renderer`). */
  folder: string;
  access: ControlAccess;
}

/** No inline code, nothing from elsewhere, nobody may frame it. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/**
 * The window's renderer for browsers. `/ui?code=<one-time code>` begins a session and leads to `/ui/`; without a session
 * a page explains how to get in.
 */
export function uiRoutes({ folder, access }: UiRoutesOptions): FastifyPluginAsync {
  return async (app) => {
    app.addHook('onRequest', async (_request, reply) => protect(reply));
    const answer = (request: FastifyRequest, reply: FastifyReply) => sendUi({ folder, access }, request, reply);
    app.get('/ui', { exposeHeadRoute: false }, answer);
    app.get('/ui/*', { exposeHeadRoute: false }, answer);
  };
}

async function sendUi(
  { folder, access }: UiRoutesOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const who = toAccessRequest(request);
  try {
    requireLoopback(who);
  } catch (error) {
    if (isAppError(error)) return sendPage(reply, forbiddenPage(error.message));
    throw error;
  }
  const [pathname = '', query] = request.originalUrl.split('?', 2);
  const code = new URLSearchParams(query).get('code');
  if (code !== null) {
    const cookie = access.redeemCode(code, who);
    if (cookie === undefined && !access.hasSession(who)) return sendPage(reply, entrancePage('used'));
    if (cookie !== undefined) reply.header('set-cookie', cookie);
    return reply.header('cache-control', 'no-store').redirect('/ui/', 303);
  }
  if (!access.hasSession(who)) return sendPage(reply, entrancePage('new'));
  if (!pathname.startsWith('/ui/')) return reply.header('cache-control', 'no-store').redirect('/ui/', 303);
  return await sendFile(folder, pathname.slice('/ui/'.length), reply);
}

async function sendFile(folder: string, urlPath: string, reply: FastifyReply): Promise<FastifyReply> {
  const file = await findUiFile(folder, urlPath);
  if (!file) return sendPage(reply, urlPath === '' ? missingBuildPage() : notFoundPage());
  reply.header('cache-control', file.isHashed ? 'private, max-age=31536000, immutable' : 'no-store');
  return reply.type(file.mediaType).send(await readFile(path.join(folder, file.relativePath)));
}

function protect(reply: FastifyReply): void {
  reply.headers({
    'content-security-policy': contentSecurityPolicy,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  });
}

function sendPage(reply: FastifyReply, { status, html, styleHash }: PlainPage): FastifyReply {
  return reply
    .code(status)
    .header('content-security-policy', `default-src 'none'; style-src '${styleHash}'; frame-ancestors 'none'`)
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(html);
}
