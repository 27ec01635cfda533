import type { FastifyRequest } from 'fastify';
import type { RouteRow } from './route-table.ts';

/** True for clients of Anthropic's API: all of them name its version. */
export function isAnthropicClient({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return headers['anthropic-version'] !== undefined;
}

/** Rows of a path that two dialects have: Anthropic's clients get theirs, all others the first. */
export function chooseByClient(rows: readonly RouteRow[], forAnthropic: readonly RouteRow[]): RouteRow[] {
  return rows.map((row) => {
    const other = forAnthropic.find(({ method, path }) => method === row.method && path === row.path);
    if (!other) return row;
    return {
      ...row,
      handler: (request, reply) =>
        isAnthropicClient(request) ? other.handler(request, reply) : row.handler(request, reply),
    };
  });
}
