/** The endpoints whose request fields are tabled. */
export type Endpoint = 'openai-chat' | 'openai-completions' | 'llama-tokenize' | 'llama-detokenize';

type FieldRow =
  /** Changes the answer as the dialect's documents say; `observable` names where a test sees it. */
  | { verdict: 'honoured'; observable: string }
  /** Makes no difference here; named in `x-impetus-ignored` unless its value asks for what happens anyway. */
  | { verdict: 'ignored'; reason: string; isSatisfiedBy: (value: unknown) => boolean }
  /** Would change the answer and cannot yet: 400, unless its value asks for what happens anyway. */
  | { verdict: 'refused'; reason: string; isSatisfiedBy: (value: unknown) => boolean };

type Fields = Readonly<Record<string, FieldRow>>;

const never = () => false;
const isOneOf =
  (...values: unknown[]) =>
  (value: unknown) =>
    values.includes(value);
const isEmpty = (value: unknown) => typeof value === 'object' && value !== null && Object.keys(value).length === 0;
const isPlainText = (value: unknown) =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'text';
const isTextOnly = (value: unknown) => Array.isArray(value) && value.every((item) => item === 'text');

const honoured = (observable: string): FieldRow => ({ verdict: 'honoured', observable });
const ignored = (reason: string, isSatisfiedBy: (value: unknown) => boolean = never): FieldRow => ({
  verdict: 'ignored',
  reason,
  isSatisfiedBy,
});
const refused = (reason: string, isSatisfiedBy: (value: unknown) => boolean = never): FieldRow => ({
  verdict: 'refused',
  reason,
  isSatisfiedBy,
});

const noGrammar = 'Constrained output is not built in yet.';
const noToolCalls = 'Tool calls are not parsed from the answer yet.';
const noLogprobs = 'Log probabilities are not reported yet.';
const noSampler = 'This sampler is not built in yet.';
const noAccounts = 'There are no accounts and nothing is stored.';
const prefixReuse = 'Prompts are reused by their longest common prefix, whatever key is sent.';
const offWithSampler = 'It only matters with a sampler that is not built in yet.';

/** Fields that both generating endpoints understand, llama.cpp's, vLLM's and LM Studio's extras among them. */
const generation: Fields = {
  model: honoured('which model answers'),
  stream: honoured('content type of the answer'),
  stream_options: honoured('the usage chunk'),
  n: honoured('number of choices'),
  stop: honoured('task.program.stops'),
  seed: honoured('task.sampling.seed'),
  temperature: honoured('task.sampling.temperature'),
  top_p: honoured('task.sampling.topP'),
  top_k: honoured('task.sampling.topK'),
  min_p: honoured('task.sampling.minP'),
  repeat_penalty: honoured('task.sampling.repeatPenalty'),
  repetition_penalty: honoured('task.sampling.repeatPenalty'),
  repeat_last_n: honoured('task.sampling.repeatLastN'),
  presence_penalty: honoured('task.sampling.presencePenalty'),
  frequency_penalty: honoured('task.sampling.frequencyPenalty'),
  max_tokens: honoured('task.maxTokens'),
  n_predict: honoured('task.maxTokens'),
  ignore_eos: honoured('task.program.ignoreEndOfGeneration'),
  keep_alive: honoured('how long the model stays loaded'),
  ttl: honoured('how long the model stays loaded'),
  user: ignored(noAccounts),
  logit_bias: refused('Token biases are not built in yet.', isEmpty),
  grammar: refused(noGrammar, isOneOf('')),
  json_schema: refused(noGrammar),
  guided_json: refused(noGrammar),
  guided_regex: refused(noGrammar),
  guided_choice: refused(noGrammar),
  guided_grammar: refused(noGrammar),
  structured_outputs: refused(noGrammar, isEmpty),
  n_probs: refused(noLogprobs, isOneOf(0)),
  typical_p: refused(noSampler, isOneOf(1)),
  top_n_sigma: refused(noSampler, isOneOf(-1, 0)),
  mirostat: refused(noSampler, isOneOf(0)),
  mirostat_tau: ignored(offWithSampler),
  mirostat_eta: ignored(offWithSampler),
  dynatemp_range: refused(noSampler, isOneOf(0)),
  dynatemp_exponent: ignored(offWithSampler),
  xtc_probability: refused(noSampler, isOneOf(0)),
  xtc_threshold: ignored(offWithSampler),
  dry_multiplier: refused(noSampler, isOneOf(0)),
  dry_base: ignored(offWithSampler),
  dry_allowed_length: ignored(offWithSampler),
  dry_penalty_last_n: ignored(offWithSampler),
  dry_sequence_breakers: ignored(offWithSampler),
  samplers: refused('The order of the samplers is fixed.'),
  lora: refused('Adapters are not built in yet.', isEmpty),
  cache_prompt: ignored('Prompts are always reused by their longest common prefix.', isOneOf(true)),
  id_slot: ignored(prefixReuse, isOneOf(-1)),
  return_progress: ignored('Progress of the prompt is not part of the answer.', isOneOf(false)),
  timings_per_token: ignored('Timings come with the last chunk.', isOneOf(false)),
};

const chat: Fields = {
  ...generation,
  messages: honoured('task.prompt.messages'),
  max_completion_tokens: honoured('task.maxTokens'),
  chat_template_kwargs: honoured('task.prompt.templateArguments'),
  reasoning_effort: honoured('task.prompt.templateArguments'),
  /** With `tool_choice: "none"`; else refused in `openai/chat/decode.ts`. */
  tools: honoured('task.prompt.tools'),
  tool_choice: honoured('whether tools are refused'),
  functions: refused(noToolCalls, isEmpty),
  function_call: refused(noToolCalls, isOneOf('none', 'auto')),
  parallel_tool_calls: ignored(noToolCalls),
  response_format: refused(noGrammar, isPlainText),
  logprobs: refused(noLogprobs, isOneOf(false)),
  top_logprobs: refused(noLogprobs, isOneOf(0)),
  modalities: refused('Answers are text.', isTextOnly),
  audio: refused('Answers are text.'),
  input: refused('This is the field of the Responses API; chat completions take "messages".'),
  reasoning_format: ignored('Reasoning text is not split off the answer.', isOneOf('none')),
  metadata: ignored(noAccounts, isEmpty),
  store: ignored(noAccounts, isOneOf(false)),
  safety_identifier: ignored(noAccounts),
  service_tier: ignored('There is one tier: this machine.', isOneOf('default', 'auto')),
  prediction: ignored('Predicted output saves no time here.'),
  moderation: ignored('There is no moderation.'),
  prompt_cache_key: ignored(prefixReuse),
  prompt_cache_options: ignored(prefixReuse),
  prompt_cache_retention: ignored(prefixReuse),
  verbosity: ignored('The model does not know this setting.'),
  web_search_options: ignored('There is no web search.'),
};

const completions: Fields = {
  ...generation,
  prompt: honoured('task.prompt'),
  echo: honoured('the text of the answer'),
  suffix: refused('Filling in the middle is not built in yet.', isOneOf('')),
  logprobs: refused(noLogprobs, isOneOf(false)),
  best_of: refused('Every choice that is generated is also returned.', isOneOf(1)),
};

/** Which request fields are honoured, ignored or refused, per endpoint. Fields without a row count as ignored. */
export const fieldTable: Readonly<Record<Endpoint, Fields>> = {
  'openai-chat': chat,
  'openai-completions': completions,
  'llama-tokenize': {
    model: honoured('which vocabulary is used'),
    content: honoured('the tokens of the answer'),
    add_special: honoured('task.addSpecial'),
    with_pieces: honoured('the shape of the answer'),
    parse_special: refused('Special tokens inside the text are always parsed.', isOneOf(true)),
  },
  'llama-detokenize': {
    model: honoured('which vocabulary is used'),
    tokens: honoured('the text of the answer'),
  },
};
