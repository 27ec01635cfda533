import { honoured, ignored, isEmpty, isOneOf, noShift, refused, type Fields } from '../field-row.ts';

const isFalse = isOneOf(false);
const isBlank = (value: unknown) => value === '' || isEmpty(value);

const placedByMachine = 'Impetus chooses it from the machine, or from its own settings.';
const namedByFile = 'What a model is called and says of itself stands in its file.';

/** What every route that uses a model understands. */
const loading: Fields = {
  model: honoured('which model answers'),
  options: honoured('the rows of ollama-options'),
  keep_alive: honoured('task.keepAliveMs'),
};

const answering: Fields = {
  ...loading,
  stream: honoured('content type of the answer'),
  format: honoured('task.output'),
  think: honoured('task.reasoning'),
  logprobs: honoured('the probabilities of the answer'),
  top_logprobs: honoured('task.tokenProbabilities'),
  _debug_render_only: honoured('the prompt in place of the answer'),
  truncate: ignored(noShift, isFalse),
  shift: ignored(noShift, isFalse),
};

export const ollamaChatFields: Fields = {
  ...answering,
  messages: honoured('task.prompt.messages'),
  tools: honoured('task.prompt.tools'),
  tool_choice: honoured('task.toolChoice'),
};

export const ollamaGenerateFields: Fields = {
  ...answering,
  prompt: honoured('task.prompt'),
  suffix: honoured('task.prompt'),
  system: honoured('task.prompt.messages'),
  raw: honoured('task.prompt'),
  context: honoured('task.prompt.tokens'),
  template: refused('The model’s own template is used; "raw" sends a prompt as it is.', isBlank),
  images: refused('No model here sees images yet.', isEmpty),
};

export const ollamaEmbedFields: Fields = {
  ...loading,
  input: honoured('the vectors'),
  truncate: honoured('whether a long input is cut or refused'),
  dimensions: honoured('the length of the vectors'),
};

export const ollamaEmbeddingsFields: Fields = {
  ...loading,
  prompt: honoured('the vector'),
};

/** The members of `options`. */
export const ollamaOptionsFields: Fields = {
  seed: honoured('task.sampling.seed'),
  num_predict: honoured('task.maxTokens'),
  top_k: honoured('task.sampling.topK'),
  top_p: honoured('task.sampling.topP'),
  min_p: honoured('task.sampling.minP'),
  typical_p: honoured('task.sampling.typicalP'),
  repeat_last_n: honoured('task.sampling.repeatLastN'),
  temperature: honoured('task.sampling.temperature'),
  repeat_penalty: honoured('task.sampling.repeatPenalty'),
  presence_penalty: honoured('task.sampling.presencePenalty'),
  frequency_penalty: honoured('task.sampling.frequencyPenalty'),
  mirostat: honoured('task.sampling.mirostat'),
  mirostat_tau: honoured('task.sampling.mirostatTau'),
  mirostat_eta: honoured('task.sampling.mirostatEta'),
  stop: honoured('task.program.stops'),
  num_ctx: honoured('the context of the loaded model'),
  num_keep: ignored(noShift, isOneOf(0)),
  tfs_z: refused('This stage is not built in.', isOneOf(1)),
  penalize_newline: ignored('Line breaks count as every other token.', isOneOf(true)),
  num_batch: ignored(placedByMachine),
  num_gpu: ignored(placedByMachine, isOneOf(-1)),
  main_gpu: ignored(placedByMachine, isOneOf(0)),
  num_thread: ignored(placedByMachine, isOneOf(0)),
  draft_num_predict: ignored('No model drafts for another.', isOneOf(0)),
  numa: ignored(placedByMachine, isFalse),
  use_mmap: ignored('Files are always mapped.', isOneOf(true)),
  use_mlock: ignored('Files are mapped, never locked.', isFalse),
  low_vram: ignored(placedByMachine, isFalse),
  f16_kv: ignored('State is kept in 16 bits.', isOneOf(true)),
  logits_all: ignored('Probabilities are reported when "logprobs" asks for them.', isFalse),
  vocab_only: refused('A model is loaded as a whole.', isFalse),
};

/** `model`, which older clients call `name`. */
const named: Fields = { model: honoured('which model is meant'), name: honoured('which model is meant') };

export const ollamaShowFields: Fields = {
  ...named,
  verbose: honoured('the tensors'),
  system: ignored(namedByFile, isBlank),
  template: ignored(namedByFile, isBlank),
  options: ignored(namedByFile, isEmpty),
};

export const ollamaPullFields: Fields = {
  ...named,
  stream: honoured('content type of the answer'),
  insecure: ignored('Nothing is fetched.', isFalse),
  username: ignored('Nothing is fetched.', isBlank),
  password: ignored('Nothing is fetched.', isBlank),
};

const noVariants = 'A model has one set of settings, whatever name it is called by.';

export const ollamaCreateFields: Fields = {
  ...named,
  from: honoured('the model that gets another name'),
  files: honoured('the blobs that become a model'),
  stream: honoured('content type of the answer'),
  system: refused(noVariants, isBlank),
  template: refused(noVariants, isBlank),
  parameters: refused(noVariants, isEmpty),
  messages: refused(noVariants, isEmpty),
  license: refused(noVariants, isBlank),
  modelfile: refused('Clients send its contents as fields: "from", "files".', isBlank),
  path: refused('Clients send the contents of the Modelfile as fields: "from", "files".', isBlank),
  adapters: refused('Adapters are not built in yet.', isEmpty),
  quantize: refused('Models are taken as they are.', isBlank),
  quantization: refused('Models are taken as they are.', isBlank),
  renderer: refused('The model’s own template is used.', isBlank),
  parser: refused('Tool calls and thinking are read as the model’s template says.', isBlank),
  requires: ignored('It names a version of Ollama.'),
  info: ignored(namedByFile, isEmpty),
  draft_files: refused('No model drafts for another.', isEmpty),
  draft_quantize: refused('No model drafts for another.', isBlank),
  remote_host: refused('Models run on this machine.', isBlank),
};

export const ollamaCopyFields: Fields = {
  source: honoured('the model that gets another name'),
  destination: honoured('the other name'),
};

export const ollamaDeleteFields: Fields = named;
