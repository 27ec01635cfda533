import {
  honoured,
  ignored,
  isEmpty,
  isOneOf,
  noAccounts,
  noShift,
  refused,
  type FieldRow,
  type Fields,
} from '../field-row.ts';
import { samplingRows } from '../openai/fields.ts';

const oneTier = 'There is one tier: this machine.';
const noServerTools = 'There are no tools on the server: the client runs them.';

/** True for the one edit that asks for what happens anyway: every thought is kept. */
function keepsEverything(value: unknown): boolean {
  const { edits } = (typeof value === 'object' && value !== null ? value : {}) as { edits?: unknown };
  if (edits === undefined || edits === null) return true;
  return Array.isArray(edits) && edits.every(isHarmlessEdit);
}

function isHarmlessEdit(edit: unknown): boolean {
  const { type, keep } = (typeof edit === 'object' && edit !== null ? edit : {}) as { type?: unknown; keep?: unknown };
  const kept = typeof keep === 'object' && keep !== null ? (keep as { type?: unknown }).type : keep;
  return type === 'clear_thinking_20251015' && kept === 'all';
}

const contextManagement: FieldRow = ignored(noShift, keepsEverything);

/** What a message and the count of its tokens have in common. */
const prompt: Fields = {
  model: honoured('which model answers'),
  messages: honoured('task.prompt.messages'),
  system: honoured('task.prompt.messages'),
  tools: honoured('task.prompt.tools'),
  tool_choice: honoured('task.toolChoice'),
  thinking: honoured('task.reasoning'),
  output_config: honoured('task.reasoning.effort, task.output'),
  output_format: honoured('task.output'),
  cache_control: ignored('Every prompt is kept and reused by its longest common prefix.', () => true),
  context_management: contextManagement,
  betas: ignored('What is known of a beta is always on.'),
  speed: ignored(oneTier, isOneOf('standard')),
  mcp_servers: refused(noServerTools, isEmpty),
  container: refused(noServerTools),
  thread: refused('Conversations are sent whole.'),
  user_profile_id: ignored(noAccounts),
  workspace_id: ignored(noAccounts),
};

export const messageFields: Fields = {
  ...samplingRows,
  ...prompt,
  max_tokens: honoured('task.maxTokens'),
  stop_sequences: honoured('task.program.stops'),
  stream: honoured('content type of the answer'),
  metadata: ignored(noAccounts, isEmpty),
  service_tier: ignored(oneTier, isOneOf('auto', 'standard_only')),
  inference_geo: ignored('Answers are made on this machine.'),
  compaction: ignored(noShift),
  fallbacks: ignored('One model answers; no other is asked in its place.', isEmpty),
  diagnostics: ignored('The cache doctor tells what a prompt reused: impetus cache.', isEmpty),
};

export const countFields: Fields = {
  ...prompt,
  output_config: ignored('Neither a format nor an effort changes what is put in.'),
  output_format: ignored('A format does not change what is put in.'),
};
