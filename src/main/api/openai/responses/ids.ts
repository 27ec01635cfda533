import { randomUUID } from 'node:crypto';

const responsePattern = /^resp_([0-9a-f]{32})$/;
const itemPattern = /^[a-z]+_([0-9a-f]{32})[io][0-9a-f]{4}$/;

export function createResponseId(): string {
  return `resp_${randomUUID().replaceAll('-', '')}`;
}

/** The part of an id that an answer and its items share. */
function readStem(responseId: string): string {
  return responsePattern.exec(responseId)?.[1] ?? '0'.repeat(32);
}

const prefixes = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  custom_tool_call: 'ctc',
  function_call_output: 'fco',
  compaction: 'cmp',
  custom_tool_call_output: 'cto',
} as const;

/** An item's id tells whose it is, so that a reference to it can be followed: `i`nput or `o`utput, and its place. */
export function toItemId(type: string, responseId: string, place: { side: 'i' | 'o'; index: number }): string {
  const prefix = Object.hasOwn(prefixes, type) ? prefixes[type as keyof typeof prefixes] : 'item';
  return `${prefix}_${readStem(responseId)}${place.side}${place.index.toString(16).padStart(4, '0')}`;
}

/** The id of the answer that an item belongs to; undefined for ids that are not ours. */
export function findOwner(itemId: string): string | undefined {
  const stem = itemPattern.exec(itemId)?.[1];
  return stem === undefined ? undefined : `resp_${stem}`;
}
