import type { ToolCall } from '#shared/domain/chat.ts';
import type { TokenProbability } from '#shared/domain/generation.ts';
import { encodeChatLogprobs } from '../logprobs.ts';
import { toItemId } from './ids.ts';
import { sealText } from './sealed-text.ts';
import type { ToolOrigin } from './tool-fields.ts';

/** How the items of one answer are written. */
export interface ItemWords {
  responseId: string;
  origins: ReadonlyMap<string, ToolOrigin>;
  /** True: thinking is told as its own summary, else as itself. */
  summarises: boolean;
  /** True: thinking comes once more in a form that the client hands back. */
  seals: boolean;
}

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';
/** An item of an answer as it goes over the wire. */
export type OutputItem = Record<string, unknown> & { id: string; type: string };

interface ItemPlace {
  index: number;
  status: ItemStatus;
}

export function toTextPart(text: string, probabilities: readonly TokenProbability[]) {
  return { type: 'output_text', text, annotations: [], logprobs: toLogprobs(probabilities) };
}

/** For each token its text, its figure and the likeliest in its place. */
export function toLogprobs(probabilities: readonly TokenProbability[]): object[] {
  return probabilities.length === 0 ? [] : encodeChatLogprobs(probabilities).content;
}

export function toMessageItem(words: ItemWords, { index, status }: ItemPlace, content: object[]): OutputItem {
  const id = toItemId('message', words.responseId, { side: 'o', index });
  return { id, type: 'message', status, role: 'assistant', content };
}

export function toReasoningItem(words: ItemWords, { index, status }: ItemPlace, text: string | undefined): OutputItem {
  const { responseId, summarises, seals } = words;
  const id = toItemId('reasoning', responseId, { side: 'o', index });
  const parts = text === undefined ? [] : [{ type: summarises ? 'summary_text' : 'reasoning_text', text }];
  return {
    id,
    type: 'reasoning',
    status,
    summary: summarises ? parts : [],
    ...(summarises ? {} : { content: parts }),
    ...(seals && text !== undefined ? { encrypted_content: sealText(text) } : {}),
  };
}

/** A call in the client's words: a function's, or a custom tool's with its one text. */
export function toCallItem(words: ItemWords, { index, status }: ItemPlace, call: ToolCall): OutputItem {
  const origin = words.origins.get(call.name);
  const type = origin?.isCustom === true ? 'custom_tool_call' : 'function_call';
  const place = { side: 'o' as const, index };
  const namespace = origin?.namespace === undefined ? {} : { namespace: origin.namespace };
  const head = { id: toItemId(type, words.responseId, place), type, status, call_id: call.id, ...namespace };
  const name = origin?.name ?? call.name;
  if (type === 'function_call') return { ...head, name, arguments: call.arguments };
  return { ...head, name, input: call.arguments === '' ? '' : readCustomInput(call.arguments) };
}

/** What was cut off is no JSON: it is shown as it is. */
function readCustomInput(json: string): string {
  try {
    const { input } = JSON.parse(json) as { input?: unknown };
    return typeof input === 'string' ? input : json;
  } catch {
    return json;
  }
}
