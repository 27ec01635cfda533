import { AppError } from '#shared/errors/app-error.ts';
import type { ResponseStore, StoredResponse } from '../../../storage/index.ts';
import { invalidParameter } from '../../validate.ts';
import { boundedJsonSchema } from '../../bounded-json.ts';
import { findOwner, toItemId } from './ids.ts';
import { itemsSchema, type Item } from './item-fields.ts';
import type { InputRequest } from './schema.ts';

/** An item as it came, or as it was answered. */
export type RawItem = Record<string, unknown>;

export interface Conversation {
  /** Everything the model gets to read, oldest first. */
  items: Item[];
  /** The request's own items, each with an id. */
  own: RawItem[];
}

export interface ConversationRequest {
  body: InputRequest;
  /** The field `input` as it was sent. */
  rawInput: unknown;
  /** Of the answer to be made. */
  responseId: string;
}

/**
 * The request's items behind those of the answer it goes on from. Throws `not-found` for answers and items that are
 * not kept, `invalid-request` when there is nothing to read at all.
 */
export function gatherConversation(store: ResponseStore, request: ConversationRequest): Conversation {
  const { body, rawInput, responseId } = request;
  const own = toItems(rawInput).map((item, index) => {
    requireBounded(item, `input[${index}]`);
    if (item['type'] === 'item_reference') return findItem(store, item['id'], `input[${index}].id`);
    if (typeof item['id'] === 'string' && item['id'] !== '') return item;
    const type = typeof item['type'] === 'string' ? item['type'] : 'message';
    return { ...item, id: toItemId(type, responseId, { side: 'i', index }) };
  });
  const past = findTurns(store, body.previous_response_id).flatMap(toTurnItems);
  if (own.length === 0 && past.length === 0 && body.instructions === undefined) {
    throw invalidParameter('input', 'it is missing');
  }
  return { items: itemsSchema.parse([...past, ...own]), own };
}

/** A bare text is a message of the user. */
function toItems(input: unknown): RawItem[] {
  if (typeof input !== 'string') return (input ?? []) as RawItem[];
  return [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }];
}

/** An item is kept as it came: also what nobody reads of it must be fit to be written down. */
function requireBounded(item: RawItem, param: string): void {
  const [issue] = boundedJsonSchema.safeParse(item).error?.issues ?? [];
  if (issue) throw invalidParameter(param, issue.message);
}

function findTurns(store: ResponseStore, id: string | undefined): StoredResponse[] {
  if (id === undefined) return [];
  const turns = store.conversation(id);
  if (turns) return turns;
  throw new AppError('not-found', `Previous response with id ${JSON.stringify(id)} not found.`, {
    hint: 'It was not stored, or deleted, or not used for long: send the whole conversation.',
    data: { param: 'previous_response_id' },
  });
}

function toTurnItems({ input, response }: StoredResponse): RawItem[] {
  return [...(input as RawItem[]), ...(response['output'] as RawItem[])];
}

function findItem(store: ResponseStore, id: unknown, param: string): RawItem {
  const owner = typeof id === 'string' ? findOwner(id) : undefined;
  const turn = owner === undefined ? undefined : store.get(owner);
  const item = turn && toTurnItems(turn).find((candidate) => candidate['id'] === id);
  if (item) return item;
  throw new AppError('not-found', `Item with id ${JSON.stringify(String(id).slice(0, 64))} not found.`, {
    hint: 'Its response was not stored, or deleted: send the item itself.',
    data: { param },
  });
}
