/** The endpoints whose request fields are tabled. */
export type Endpoint =
  'openai-chat' | 'openai-completions' | 'openai-embeddings' | 'llama-tokenize' | 'llama-detokenize';

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
const isBelowZero = (value: unknown) => typeof value === 'number' && value < 0;
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

const noAccounts = 'There are no accounts and nothing is stored.';
const prefixReuse = 'Prompts are reused by their longest common prefix, whatever key is sent.';
const noClock = 'Answers are bounded by tokens, not by time.';
const noForce = 'An answer may end when the model ends it. "ignore_eos" with a limit makes it longer.';
const noShift = 'Prompts are never cut or shifted: one that does not fit is refused.';

/** How tokens are chosen: OpenAI's fields and llama-server's. */
const sampling: Fields = {
  seed: honoured('task.sampling.seed'),
  temperature: honoured('task.sampling.temperature'),
  dynatemp_range: honoured('task.sampling.dynamicTemperatureRange'),
  dynatemp_exponent: honoured('task.sampling.dynamicTemperatureExponent'),
  top_p: honoured('task.sampling.topP'),
  top_k: honoured('task.sampling.topK'),
  min_p: honoured('task.sampling.minP'),
  typical_p: honoured('task.sampling.typicalP'),
  top_n_sigma: honoured('task.sampling.topNSigma'),
  xtc_probability: honoured('task.sampling.xtcProbability'),
  xtc_threshold: honoured('task.sampling.xtcThreshold'),
  min_keep: honoured('task.sampling.minKeep'),
  repeat_penalty: honoured('task.sampling.repeatPenalty'),
  repetition_penalty: honoured('task.sampling.repeatPenalty'),
  repeat_last_n: honoured('task.sampling.repeatLastN'),
  presence_penalty: honoured('task.sampling.presencePenalty'),
  frequency_penalty: honoured('task.sampling.frequencyPenalty'),
  dry_multiplier: honoured('task.sampling.dryMultiplier'),
  dry_base: honoured('task.sampling.dryBase'),
  dry_allowed_length: honoured('task.sampling.dryAllowedLength'),
  dry_penalty_last_n: honoured('task.sampling.dryPenaltyLastN'),
  dry_sequence_breakers: honoured('task.sampling.drySequenceBreakers'),
  mirostat: honoured('task.sampling.mirostat'),
  mirostat_tau: honoured('task.sampling.mirostatTau'),
  mirostat_eta: honoured('task.sampling.mirostatEta'),
  samplers: honoured('task.sampling.stages'),
  logit_bias: honoured('task.sampling.logitBias'),
};

/** What the answer has to be: OpenAI's field, llama-server's and vLLM's. */
const output: Fields = {
  response_format: honoured('task.output'),
  grammar: honoured('task.output'),
  json_schema: honoured('task.output'),
  guided_json: honoured('task.output'),
  guided_grammar: honoured('task.output'),
  guided_choice: honoured('task.output'),
  structured_outputs: honoured('task.output'),
  guided_regex: refused('A bare pattern binds no answer. A JSON Schema with "pattern" or a grammar does.', isOneOf('')),
  guided_decoding_backend: ignored('There is one compiler of grammars.'),
};

/** Fields that both generating endpoints understand, llama.cpp's, vLLM's and LM Studio's extras among them. */
const generation: Fields = {
  ...sampling,
  ...output,
  model: honoured('which model answers'),
  stream: honoured('content type of the answer'),
  stream_options: honoured('the usage chunk'),
  n: honoured('number of choices'),
  n_cmpl: honoured('number of choices'),
  stop: honoured('task.program.stops'),
  max_tokens: honoured('task.maxTokens'),
  n_predict: honoured('task.maxTokens'),
  ignore_eos: honoured('task.program.ignoreEndOfGeneration'),
  n_probs: honoured('the probabilities of the answer'),
  return_progress: honoured('chunks with the progress of the prompt'),
  timings_per_token: honoured('chunks with timings'),
  keep_alive: honoured('how long the model stays loaded'),
  ttl: honoured('how long the model stays loaded'),
  user: ignored(noAccounts),
  lora: refused('Adapters are not built in yet.', isEmpty),
  post_sampling_probs: refused('Probabilities are those of the model, before any sampling.', isOneOf(false)),
  cache_prompt: ignored('Prompts are always reused by their longest common prefix.', isOneOf(true)),
  id_slot: ignored(prefixReuse, isOneOf(-1)),
  n_keep: ignored(noShift, isOneOf(0)),
  n_discard: refused(noShift, isOneOf(0)),
  n_cache_reuse: ignored(prefixReuse, isOneOf(0)),
  t_max_predict_ms: ignored(noClock, isOneOf(0, -1)),
  t_max_prompt_ms: ignored(noClock, isOneOf(0, -1)),
  response_fields: ignored('Every field of the answer is sent.', isEmpty),
  return_tokens: ignored('Token ids are not part of the answer.', isOneOf(false)),
  verbose: ignored('There is nothing more to say.', isOneOf(false)),
  sse_ping_interval: ignored('Comments keep a silent stream open.'),
  backend_sampling: ignored('Tokens are chosen in one place.', isOneOf(false)),
  adaptive_target: refused('This stage is not built in.', isBelowZero),
  adaptive_decay: ignored('It only matters with a stage that is not built in.'),
  grammar_lazy: refused('A grammar holds from the first token on.', isOneOf(false)),
  grammar_triggers: refused('A grammar holds from the first token on.', isEmpty),
  min_tokens: refused(noForce, isOneOf(0)),
  stop_token_ids: refused('Stop texts end an answer, not ids.', isEmpty),
  allowed_token_ids: refused('A grammar or a bias binds an answer.', isEmpty),
  bad_words: refused('A bias of false forbids a token.', isEmpty),
  include_stop_str_in_output: refused('The stop text is never part of the answer.', isOneOf(false)),
  use_beam_search: refused('Every choice is drawn by itself.', isOneOf(false)),
  truncate_prompt_tokens: refused(noShift),
  options: ignored('This is the field of the Ollama API; here its members stand in the request itself.', isEmpty),
};

const chat: Fields = {
  ...generation,
  messages: honoured('task.prompt.messages'),
  max_completion_tokens: honoured('task.maxTokens'),
  logprobs: honoured('the probabilities of the answer'),
  top_logprobs: honoured('task.tokenProbabilities'),
  tools: honoured('task.prompt.tools'),
  tool_choice: honoured('task.toolChoice'),
  parallel_tool_calls: honoured('task.parallelToolCalls'),
  functions: honoured('task.prompt.tools'),
  function_call: honoured('task.toolChoice'),
  add_generation_prompt: honoured('task.prompt.templateArguments'),
  continue_final_message: ignored('An answer that has begun is always continued.', isOneOf(true)),
  chat_template: refused('The model’s own template is used.'),
  parse_tool_calls: refused('Tool calls are always told apart from text.', isOneOf(true)),
  reasoning_control: ignored('Thinking ends by its budget.', isOneOf(false)),
  reasoning_budget_message: ignored('Thinking is closed without a word.', isOneOf('')),
  chat_template_kwargs: honoured('task.prompt.templateArguments'),
  reasoning_effort: honoured('task.reasoning.effort'),
  reasoning: honoured('task.reasoning'),
  reasoning_format: honoured('where thinking stands in the answer'),
  enable_thinking: honoured('task.reasoning.isEnabled'),
  thinking: honoured('task.reasoning'),
  thinking_budget: honoured('task.reasoning.budgetTokens'),
  thinking_budget_tokens: honoured('task.reasoning.budgetTokens'),
  reasoning_budget: honoured('task.reasoning.budgetTokens'),
  reasoning_budget_tokens: honoured('task.reasoning.budgetTokens'),
  modalities: refused('Answers are text.', isTextOnly),
  audio: refused('Answers are text.'),
  input: refused('This is the field of the Responses API; chat completions take "messages".'),
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
  logprobs: honoured('the probabilities of the answer'),
  suffix: refused('Filling in the middle is not built in yet.', isOneOf('')),
  best_of: honoured('number of choices that are generated'),
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
  'openai-embeddings': {
    model: honoured('which model answers'),
    input: honoured('the vectors'),
    encoding_format: honoured('how the vectors are written'),
    dimensions: honoured('the length of the vectors'),
    user: ignored(noAccounts),
  },
  'llama-detokenize': {
    model: honoured('which vocabulary is used'),
    tokens: honoured('the text of the answer'),
  },
};
