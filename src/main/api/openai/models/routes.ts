import type { FastifyRequest } from 'fastify';
import type { RouteRow } from '../../route-table.ts';
import type { DialectOptions } from '../../begin.ts';
import { encodeModel, encodeModelList, type ContextChoice } from './encode.ts';

export interface ModelRouteOptions extends DialectOptions {
  contextChoice: () => ContextChoice;
}

/** The wildcard takes ids that hold a slash, escaped or not. */
export function modelRoutes({ inference, contextChoice }: ModelRouteOptions): RouteRow[] {
  const list = () => encodeModelList(inference.listModels(), contextChoice());
  const get = (request: FastifyRequest) => {
    const { '*': name } = request.params as { '*': string };
    return encodeModel(inference.findModel(name), contextChoice());
  };
  return ['/v1/models', '/models'].flatMap((path) => [
    { method: 'GET', path, access: 'inference', handler: list },
    { method: 'GET', path: `${path}/*`, access: 'inference', handler: get },
  ]);
}
