import {
  honoured,
  ignored,
  isEmpty,
  isOneOf,
  noAccounts,
  noShift,
  prefixReuse,
  refused,
  type Fields,
} from '../../field-row.ts';
import { samplingRows } from '../fields.ts';

const noServerTools = 'It is about tools of the server, and there are none.';

function hidesNothing(value: unknown): boolean {
  const { include_obfuscation: wish } = (typeof value === 'object' && value !== null ? value : {}) as {
    include_obfuscation?: unknown;
  };
  return wish === false || wish === undefined || wish === null;
}

/** What is read. */
const conversation: Fields = {
  model: honoured('which model answers'),
  input: honoured('task.prompt.messages'),
  instructions: honoured('task.prompt.messages'),
  previous_response_id: honoured('task.prompt.messages'),
};

/** What an answer and the count of its input have in common. */
const prompt: Fields = {
  ...conversation,
  tools: honoured('task.prompt.tools'),
  tool_choice: honoured('task.toolChoice'),
  reasoning: honoured('task.reasoning.effort'),
  conversation: refused('There are no conversation objects. "previous_response_id" goes on from an answer.'),
  prompt: refused('There are no stored prompts.'),
  truncation: ignored(noShift, isOneOf('disabled')),
};

export const responseFields: Fields = {
  ...samplingRows,
  ...prompt,
  max_output_tokens: honoured('task.maxTokens'),
  parallel_tool_calls: honoured('task.parallelToolCalls'),
  text: honoured('task.output'),
  stream: honoured('content type of the answer'),
  store: honoured('whether the answer can be asked for later'),
  metadata: honoured('the metadata of the answer'),
  include: honoured('parts of the answer'),
  top_logprobs: honoured('task.tokenProbabilities'),
  background: refused('Answers are made while the request is open.', isOneOf(false)),
  stream_options: ignored('Nothing of a stream is hidden.', hidesNothing),
  max_tool_calls: ignored(noServerTools),
  context_management: ignored(noShift, isEmpty),
  client_metadata: ignored(noAccounts, isEmpty),
  user: ignored(noAccounts),
  safety_identifier: ignored(noAccounts),
  prompt_cache_key: ignored(prefixReuse),
  prompt_cache_options: ignored(prefixReuse),
  prompt_cache_retention: ignored(prefixReuse),
  service_tier: ignored('There is one tier: this machine.', isOneOf('default', 'auto')),
  moderation: ignored('There is no moderation.'),
  access_programs: ignored(noServerTools),
  image: ignored('Answers are text.'),
};

export const inputTokenFields: Fields = {
  ...prompt,
  text: ignored('A format does not change what is put in.'),
  parallel_tool_calls: ignored('It does not change what is put in.'),
};

const notInSummary = 'A summary is text, whatever the answers were.';

export const compactFields: Fields = {
  ...conversation,
  tools: ignored(notInSummary, isEmpty),
  tool_choice: ignored(notInSummary, isOneOf('auto', 'none')),
  parallel_tool_calls: ignored(notInSummary),
  text: ignored(notInSummary),
  reasoning: ignored('A summary is written without thinking.'),
  prompt_cache_key: ignored(prefixReuse),
  prompt_cache_options: ignored(prefixReuse),
  prompt_cache_retention: ignored(prefixReuse),
  service_tier: ignored('There is one tier: this machine.', isOneOf('default', 'auto')),
};
