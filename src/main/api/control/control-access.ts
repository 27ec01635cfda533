import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { AppError } from '#shared/errors/app-error.ts';

const codeLifeMs = 60_000;
/** Oldest ones are dropped: nobody opens so many browsers. */
const mostKept = 100;

/** The parts of a request that decide who it is. */
export interface AccessRequest {
  remoteAddress: string | undefined;
  /** The port the request came in at; part of the cookie's name, because browsers share cookies between ports. */
  localPort: number | undefined;
  headers: {
    authorization?: string | undefined;
    cookie?: string | undefined;
    host?: string | undefined;
    origin?: string | undefined;
    'sec-fetch-site'?: string | string[] | undefined;
  };
}

export interface ControlAccessOptions {
  /** The control token of this run. */
  token: string;
  /** The present time in ms. Default `Date.now`. */
  now?: () => number;
}

/** Who may use the control contract over HTTP: this machine only, with the control token or a browser session. */
export class ControlAccess {
  readonly #tokenDigest: Buffer;
  readonly #now: () => number;
  /** One-time codes and when they end. */
  readonly #codes = new Map<string, number>();
  readonly #sessions = new Set<string>();

  constructor({ token, now = Date.now }: ControlAccessOptions) {
    this.#tokenDigest = digest(token);
    this.#now = now;
  }

  /** Throws `forbidden-host`, `forbidden-origin` or `unauthorized`, each with the next step. */
  require(request: AccessRequest): void {
    requireLoopback(request);
    requireOwnOrigin(request);
    if (this.isToken(request.headers.authorization)) return;
    if (!this.hasSession(request)) throw unauthorized();
    requirePageOfOurs(request);
  }

  /** True when the request carries the cookie of a running session. */
  hasSession({ headers, localPort }: AccessRequest): boolean {
    const session = readCookie(headers.cookie, cookieName(localPort));
    return session !== undefined && this.#sessions.has(session);
  }

  /** A code for `/ui?code=…`: works once, for 60 seconds. */
  mintCode(): string {
    const code = randomBytes(16).toString('hex');
    keepNewest(this.#codes);
    this.#codes.set(code, this.#now() + codeLifeMs);
    return code;
  }

  /** The `Set-Cookie` value of a new session, or undefined when the code is unknown, used or too old. */
  redeemCode(code: string, { localPort }: Pick<AccessRequest, 'localPort'>): string | undefined {
    const endsAt = this.#codes.get(code);
    this.#codes.delete(code);
    if (endsAt === undefined || endsAt < this.#now()) return undefined;
    const session = randomBytes(32).toString('hex');
    keepNewest(this.#sessions);
    this.#sessions.add(session);
    return `${cookieName(localPort)}=${session}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /** True for `Bearer` and the control token. */
  isToken(authorization: string | undefined): boolean {
    const [, token] = /^Bearer ([\x21-\x7e]{1,200})$/i.exec(authorization ?? '') ?? [];
    return token !== undefined && timingSafeEqual(digest(token), this.#tokenDigest);
  }
}

/** The control contract is never served to another machine, whatever address the server is bound to. */
export function requireLoopback({ remoteAddress }: AccessRequest): void {
  if (remoteAddress !== undefined && /^(127\.|::1$|::ffff:127\.)/.test(remoteAddress)) return;
  throw new AppError('forbidden-host', 'Impetus is controlled from its own machine only.', {
    hint: 'Open the UI or run the command on the machine where Impetus runs.',
  });
}

/** A page of another origin never gets in, not even with a token or one the user allowed for inference. */
function requireOwnOrigin({ headers }: AccessRequest): void {
  if (headers.origin === undefined || headers.origin === `http://${headers.host}`) return;
  throw foreignPage();
}

/**
 * Browsers send a cookie along to every port of a host, so the cookie alone proves nothing: the browser itself must say
 * that the request comes from a page of ours.
 */
function requirePageOfOurs({ headers }: AccessRequest): void {
  const isOurs = headers['sec-fetch-site'] === 'same-origin' || headers.origin !== undefined;
  if (!isOurs) throw foreignPage();
}

function foreignPage(): AppError {
  return new AppError('forbidden-origin', 'Only pages of Impetus itself may control it.');
}

function unauthorized(): AppError {
  return new AppError('unauthorized', 'The control token or a browser session is missing or no longer valid.', {
    hint: 'Run `impetus ui`, or open the UI from the tray; programs send `Authorization: Bearer` with run/control-token of the home folder.',
  });
}

function cookieName(localPort: number | undefined): string {
  return `impetus-session-${localPort ?? 0}`;
}

function readCookie(header: string | undefined, name: string): string | undefined {
  const prefix = `${name}=`;
  const pair = header?.split(';').find((part) => part.trim().startsWith(prefix));
  return pair?.trim().slice(prefix.length);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function keepNewest(kept: Map<string, unknown> | Set<string>): void {
  for (const key of kept.keys()) {
    if (kept.size < mostKept) return;
    kept.delete(key);
  }
}
