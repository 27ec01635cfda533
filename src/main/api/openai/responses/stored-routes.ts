import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AppError } from '#shared/errors/app-error.ts';
import type { ResponseStore, StoredResponse } from '../../../storage/index.ts';
import type { RouteRow } from '../../route-table.ts';
import { invalidParameter, validate } from '../../validate.ts';
import type { RawItem } from './conversation.ts';

/** What can be done with an answer that is kept. */
export function storedResponseRoutes({ responses }: { responses: ResponseStore }): RouteRow[] {
  const find = (request: FastifyRequest) => requireStored(responses, readId(request));
  const remove = (request: FastifyRequest) => {
    const { id } = find(request);
    responses.remove(id);
    return { id, object: 'response', deleted: true };
  };
  return ['/v1/responses', '/responses'].flatMap((path): RouteRow[] => [
    { method: 'GET', path: `${path}/:id`, access: 'inference', handler: (request) => retrieve(find, request) },
    { method: 'DELETE', path: `${path}/:id`, access: 'inference', handler: remove },
    {
      method: 'POST',
      path: `${path}/:id/cancel`,
      access: 'inference',
      handler: (request) => refuseCancel(find(request)),
    },
    {
      method: 'GET',
      path: `${path}/:id/input_items`,
      access: 'inference',
      handler: (request) => listItems(find(request), request),
    },
  ]);
}

function readId(request: FastifyRequest): string {
  return (request.params as { id: string }).id;
}

function requireStored(responses: ResponseStore, id: string): StoredResponse {
  const stored = responses.get(id);
  if (stored) return stored;
  throw new AppError('not-found', `Response with id ${JSON.stringify(id.slice(0, 64))} not found.`, {
    hint: 'It was not stored, or deleted, or not used for long.',
    data: { param: 'response_id' },
  });
}

function retrieve(find: (request: FastifyRequest) => StoredResponse, request: FastifyRequest): object {
  const { stream } = request.query as { stream?: unknown };
  if (stream === 'true') throw invalidParameter('stream', 'answers are streamed while they are made, not afterwards');
  return find(request).response;
}

/** An answer that is kept has ended: it was made while its request was open. */
function refuseCancel({ id }: StoredResponse): never {
  throw new AppError('invalid-request', `Response ${id} has ended: there is nothing to cancel.`, {
    hint: 'Close the connection of a request to cancel it.',
    data: { param: 'response_id' },
  });
}

const pageSchema = z.object({
  limit: z.coerce.number().int().min(1).max(100).optional(),
  order: z.enum(['asc', 'desc']).optional(),
  after: z.string().max(256).optional(),
});

/** A page of the items that were put in, the last one first unless asked otherwise. */
function listItems({ input }: StoredResponse, request: FastifyRequest): object {
  const { limit = 20, order = 'desc', after } = validate(pageSchema, request.query);
  const items = order === 'asc' ? (input as RawItem[]) : (input as RawItem[]).toReversed();
  const begin = after === undefined ? 0 : items.findIndex((item) => item['id'] === after) + 1;
  if (after !== undefined && begin === 0) throw invalidParameter('after', 'there is no such item');
  const page = items.slice(begin, begin + limit);
  return {
    object: 'list',
    data: page.map((item) => ({ type: 'message', ...item })),
    first_id: page[0]?.['id'] ?? null,
    last_id: page.at(-1)?.['id'] ?? null,
    has_more: begin + limit < items.length,
  };
}
