import type { FastifyPluginAsync } from 'fastify';
import { defaultSettings } from '#shared/domain/settings.ts';
import { createHttpApp } from '#main/api/http-app.ts';
import { createMetricsRegistry } from '#main/gateway/index.ts';
import { openDatabase, openResponseStore } from '#main/storage/index.ts';
import { createRecordedLogger } from './recorded-logger.ts';
import { startTestServer } from './start-test-server.ts';

/** The router's own list, as `METHOD /path`, with the routes of `control` where given. HEAD comes with GET. */
export async function listRoutes(control?: FastifyPluginAsync): Promise<string[]> {
  const { inference, library } = await startTestServer();
  const database = openDatabase({ file: ':memory:', logger: createRecordedLogger().logger });
  const app = await createHttpApp({
    inference,
    library,
    responses: openResponseStore({ database }),
    modelsFolder: '/nonexistent',
    settings: { get: () => defaultSettings },
    metrics: createMetricsRegistry(),
    logger: createRecordedLogger().logger,
    version: '1.2.3',
    control,
  });
  const parents: string[] = [];
  const routes = app
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const match = /^([│├└─ ]*)(\S+) \(([A-Z, ]+)\)$/.exec(line);
      if (!match) return [];
      const [, indent = '', segment = '', methods = ''] = match;
      const depth = indent.length / 4;
      const path = joinSegment(parents[depth - 1] ?? '', segment);
      parents[depth] = path;
      return methods
        .split(', ')
        .filter((method) => method !== 'HEAD')
        .map((method) => `${method} ${path}`);
    });
  await app.close();
  database.close();
  return routes;
}

/** A segment may be the rest of a word: `/embed` and `dings`. */
function joinSegment(parent: string, segment: string): string {
  const isOwnStep = segment.startsWith('/') || (parent !== '' && parent !== '/' && segment !== '*');
  return isOwnStep ? parent.replace(/\/$/, '') + segment : `${parent.replace(/\/$/, '')}/${segment}`;
}
