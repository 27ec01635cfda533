import { honoured, ignored, isOneOf, refused, type Fields } from '../field-row.ts';
import { chatFields, generationRows } from '../openai/fields.ts';

export const tokenizeFields: Fields = {
  model: honoured('which vocabulary is used'),
  content: honoured('the tokens of the answer'),
  add_special: honoured('task.addSpecial'),
  with_pieces: honoured('the shape of the answer'),
  parse_special: refused('Special tokens inside the text are always parsed.', isOneOf(true)),
};

export const detokenizeFields: Fields = {
  model: honoured('which vocabulary is used'),
  tokens: honoured('the text of the answer'),
};

/** llama-server's filling of a gap. */
export const infillFields: Fields = {
  ...generationRows,
  stream_options: ignored('The last piece of an answer tells all there is to know.'),
  input_prefix: honoured('task.prompt'),
  input_suffix: honoured('task.prompt'),
  input_extra: honoured('task.prompt'),
  prompt: honoured('task.prompt'),
  n_indent: ignored('The model chooses how lines are indented.', isOneOf(0)),
};

/** llama-server's own completion. */
export const nativeCompletionFields: Fields = {
  ...generationRows,
  stream_options: ignored('The last piece of an answer tells all there is to know.'),
  prompt: honoured('task.prompt'),
  return_tokens: honoured('the tokens of the answer'),
  response_fields: honoured('the members of the answer'),
  n_indent: ignored('The model chooses how lines are indented.', isOneOf(0)),
};

/** llama-server's own shape of vectors. */
export const nativeEmbeddingFields: Fields = {
  model: honoured('which model answers'),
  content: honoured('the vectors'),
  input: honoured('the vectors'),
  embd_normalize: refused('Vectors have length 1.', isOneOf(2)),
  encoding_format: ignored('Vectors are lists of numbers in this form.', isOneOf('float')),
  dimensions: refused('Vectors are whole in this form; "input" at /v1/embeddings takes this field.'),
};

/** The router's way to load and unload. */
export const llamaLoadFields: Fields = { model: honoured('which model is loaded') };
export const llamaUnloadFields: Fields = { model: honoured('which model is freed') };

const inPrompt = honoured('the prompt');
const noAnswer = ignored('Only the prompt is made, and it does not depend on this field.');

/** A chat request of which only the prompt is wanted. */
export const applyTemplateFields: Fields = {
  ...Object.fromEntries(
    Object.entries(chatFields).map(([field, row]) => [field, row.verdict === 'honoured' ? noAnswer : row]),
  ),
  model: honoured('whose template is used'),
  messages: inPrompt,
  tools: inPrompt,
  tool_choice: inPrompt,
  functions: inPrompt,
  add_generation_prompt: inPrompt,
  chat_template_kwargs: inPrompt,
  reasoning_effort: inPrompt,
  reasoning: inPrompt,
  enable_thinking: inPrompt,
  thinking: inPrompt,
  thinking_budget: inPrompt,
  thinking_budget_tokens: inPrompt,
  reasoning_budget: inPrompt,
  reasoning_budget_tokens: inPrompt,
};
