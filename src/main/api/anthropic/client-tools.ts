import type { Tool } from '#shared/domain/chat.ts';

const text = { type: 'string' } as const;
const count = { type: 'integer', minimum: 0 } as const;

const fileProperties = {
  path: text,
  file_text: text,
  old_str: text,
  new_str: text,
  insert_line: count,
  insert_text: text,
  view_range: { type: 'array', items: { type: 'integer' }, minItems: 2, maxItems: 2 },
} as const;

type ClientTool = Required<Tool>;

const bash: ClientTool = {
  name: 'bash',
  description: 'Runs a command in a persistent bash session; restart begins a new one.',
  parameters: { type: 'object', properties: { command: text, restart: { type: 'boolean' } } },
};

const editor = (name: string): ClientTool => ({
  name,
  description:
    'Looks at files and changes them. view shows a file or folder, create writes a file, str_replace replaces one ' +
    'passage of it, insert adds text behind a line.',
  parameters: {
    type: 'object',
    properties: { command: { enum: ['view', 'create', 'str_replace', 'insert'] }, ...fileProperties },
    required: ['command', 'path'],
  },
});

const memory: ClientTool = {
  name: 'memory',
  description: 'Keeps notes in files below /memories, from one conversation to the next.',
  parameters: {
    type: 'object',
    properties: {
      command: { enum: ['view', 'create', 'str_replace', 'insert', 'delete', 'rename'] },
      ...fileProperties,
      old_path: text,
      new_path: text,
    },
    required: ['command'],
  },
};

/** Anthropic's tools that the client runs and that it sends without their schema. */
const tools: Readonly<Record<string, ClientTool>> = {
  bash_20241022: bash,
  bash_20250124: bash,
  text_editor_20241022: editor('str_replace_editor'),
  text_editor_20250124: editor('str_replace_editor'),
  text_editor_20250429: editor('str_replace_based_edit_tool'),
  text_editor_20250728: editor('str_replace_based_edit_tool'),
  memory_20250818: memory,
};

/** What the model is told about a tool of this type; undefined for types that the client does not run. */
export function findClientTool(type: string): ClientTool | undefined {
  return Object.hasOwn(tools, type) ? tools[type] : undefined;
}
