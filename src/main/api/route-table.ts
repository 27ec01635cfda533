import type { FastifyReply, FastifyRequest } from 'fastify';
import { editDistance } from '#shared/text/edit-distance.ts';
import type { AccessLevel } from '../gateway/index.ts';

/** One route: where it is, who may call it, what it does. A path that ends in `/*` takes everything below it. */
export interface RouteRow {
  method: 'GET' | 'HEAD' | 'POST' | 'DELETE';
  path: string;
  access: AccessLevel;
  handler: (request: FastifyRequest, reply: FastifyReply) => unknown;
}

/** Methods that the path answers to; HEAD comes with GET. Empty for unknown paths. */
export function findMethods(rows: readonly RouteRow[], path: string): string[] {
  const methods = new Set<string>();
  for (const row of rows) {
    if (!matches(row.path, path)) continue;
    methods.add(row.method);
    if (row.method === 'GET') methods.add('HEAD');
  }
  return methods.size === 0 ? [] : [...methods, 'OPTIONS'];
}

function matches(pattern: string, path: string): boolean {
  if (pattern.endsWith('/*')) return path.startsWith(pattern.slice(0, -1));
  if (!pattern.includes(':')) return pattern === path;
  const [expected, given] = [pattern.split('/'), path.split('/')];
  return (
    expected.length === given.length && expected.every((step, place) => step.startsWith(':') || step === given[place])
  );
}

/** The known path that looks most like an unknown one; undefined when none is close. */
export function findNearestPath(rows: readonly RouteRow[], path: string): string | undefined {
  const candidates = [...new Set(rows.map((row) => row.path).filter((known) => !known.endsWith('/*')))];
  const bounded = path.slice(0, 200).toLowerCase();
  let nearest: { path: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(bounded, candidate);
    if (!nearest || distance < nearest.distance) nearest = { path: candidate, distance };
  }
  return nearest && nearest.distance <= Math.max(2, path.length / 3) ? nearest.path : undefined;
}

const slashes = /\/{2,}/g;

/** `//` counts as `/` and a trailing slash is dropped: clients join base URLs carelessly. The query stays. */
export function normaliseTarget(target: string): string {
  const end = target.indexOf('?');
  const path = end === -1 ? target : target.slice(0, end);
  if (path.length < 2 || (!path.endsWith('/') && !path.includes('//'))) return target;
  const clean = path.replace(slashes, '/').replace(/\/$/, '') || '/';
  return end === -1 ? clean : clean + target.slice(end);
}
