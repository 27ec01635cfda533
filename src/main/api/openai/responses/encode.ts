import type { Collected } from '../../collect.ts';
import {
  toCallItem,
  toMessageItem,
  toReasoningItem,
  toTextPart,
  type ItemWords,
  type OutputItem,
} from './output-items.ts';
import {
  encodeResponse,
  encodeResponseUsage,
  toOutcome,
  type ResponseFacts,
  type ResponseObject,
} from './response-object.ts';

/** The whole answer. */
export function encodeWholeResponse(facts: ResponseFacts, words: ItemWords, answer: Collected): ResponseObject {
  const { finish, reasoningTokens } = answer;
  const outcome = toOutcome(finish);
  return encodeResponse(facts, {
    ...outcome,
    output: toItems(words, answer, outcome.status),
    usage: encodeResponseUsage(finish.usage, reasoningTokens),
  });
}

/** Thinking, text, calls; an answer without any of them is an empty message. Only the last one can be cut off. */
function toItems(words: ItemWords, answer: Collected, status: 'completed' | 'incomplete'): OutputItem[] {
  const { reasoning, text, toolCalls, probabilities } = answer;
  type Maker = (place: { index: number; status: 'completed' | 'incomplete' }) => OutputItem;
  const makers: Maker[] = [
    ...(reasoning === '' ? [] : [((place) => toReasoningItem(words, place, reasoning)) satisfies Maker]),
    ...(text === '' && (reasoning !== '' || toolCalls.length > 0)
      ? []
      : [((place) => toMessageItem(words, place, [toTextPart(text, probabilities)])) satisfies Maker]),
    ...toolCalls.map(
      (call): Maker =>
        (place) =>
          toCallItem(words, place, call),
    ),
  ];
  return makers.map((make, index) => make({ index, status: index === makers.length - 1 ? status : 'completed' }));
}
