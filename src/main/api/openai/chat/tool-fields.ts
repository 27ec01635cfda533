import { z } from 'zod';
import type { Tool } from '#shared/domain/chat.ts';
import type { ToolChoice } from '#shared/domain/generation.ts';
import { unsupportedField } from '../../check-fields.ts';
import { requireDistinctNames, requireOffered } from '../../tool-list.ts';
import { invalidParameter, listSchema, textSchema } from '../../validate.ts';
import { boundedJsonSchema } from '../../bounded-json.ts';

const maxTools = 1_000;
const nameSchema = textSchema.min(1).max(256);

const functionSchema = z.object({
  name: nameSchema,
  description: textSchema.nullish(),
  parameters: boundedJsonSchema.nullish(),
  /** Makes no difference: arguments are always bound by the parameters' schema. */
  strict: z.boolean().nullish(),
});
type WireFunction = z.infer<typeof functionSchema>;

const toolSchema = z.object({ type: z.string(), function: functionSchema.nullish() });

/** `{type:"function",function:{name}}`, and the flat form of the Responses API. */
const namedToolSchema = z.object({
  type: z.string(),
  name: nameSchema.nullish(),
  function: z.object({ name: nameSchema }).nullish(),
});

const allowedToolsSchema = z.object({
  mode: z.enum(['auto', 'required']),
  tools: listSchema(namedToolSchema, maxTools).refine((tools) => tools.length > 0, 'it is empty'),
});

export const toolChoiceSchema = z.union(
  [
    z.enum(['none', 'auto', 'required']),
    namedToolSchema.extend({
      allowed_tools: allowedToolsSchema.nullish(),
      mode: allowedToolsSchema.shape.mode.nullish(),
      tools: allowedToolsSchema.shape.tools.nullish(),
    }),
  ],
  'expected "none", "auto", "required" or an object with a type',
);

/** Tools and which of them may be called, with the older `functions` beside them. */
export const toolFields = {
  tools: listSchema(toolSchema, maxTools).optional(),
  tool_choice: toolChoiceSchema.optional(),
  parallel_tool_calls: z.boolean().optional(),
  functions: listSchema(functionSchema, maxTools).optional(),
  function_call: z
    .union(
      [z.enum(['none', 'auto']), z.object({ name: nameSchema })],
      'expected "none", "auto" or an object with a name',
    )
    .optional(),
} as const;

type ToolFields = z.infer<z.ZodObject<typeof toolFields>>;
type WireChoice = z.infer<typeof toolChoiceSchema>;

export interface DecodedTools {
  /** Those that may be called; with `allowed_tools` the others are left out. */
  tools: Tool[];
  choice: ToolChoice | undefined;
  isParallel: boolean | undefined;
  /** The words in which calls are answered. */
  words: 'tool_calls' | 'function_call';
  /** True when `allowed_tools` left some of the tools out. */
  isNarrowed: boolean;
}

/** Throws `invalid-request` for names that are not offered or offered twice, `unsupported-field` for other tools. */
export function decodeTools(fields: ToolFields): DecodedTools {
  if (fields.functions === undefined || fields.functions.length === 0) return decodeModernTools(fields);
  if (fields.tools !== undefined && fields.tools.length > 0) {
    throw invalidParameter('functions', '"tools" already says what may be called');
  }
  const tools = requireDistinctNames(fields.functions.map(decodeFunction), (index) => `functions[${index}].name`);
  const choice = decodeFunctionCall(fields.function_call, tools);
  return { tools, choice, isParallel: false, words: 'function_call', isNarrowed: false };
}

function decodeModernTools({ tools = [], tool_choice, parallel_tool_calls }: ToolFields): DecodedTools {
  const offered = requireDistinctNames(
    tools.map((tool, index) => decodeTool(tool, `tools[${index}]`)),
    (index) => `tools[${index}].function.name`,
  );
  const { choice, allowed } = decodeToolChoice(tool_choice, offered);
  const usable = allowed ? offered.filter(({ name }) => allowed.has(name)) : offered;
  return {
    tools: usable,
    choice,
    isParallel: parallel_tool_calls,
    words: 'tool_calls',
    isNarrowed: usable.length < offered.length,
  };
}

function decodeTool({ type, function: definition }: z.infer<typeof toolSchema>, param: string): Tool {
  if (type !== 'function') {
    throw unsupportedField(
      `${param}.type`,
      `Tools of the type ${JSON.stringify(type.slice(0, 40))} are not understood.`,
    );
  }
  if (!definition) throw invalidParameter(`${param}.function`, 'it is missing');
  return decodeFunction(definition);
}

function decodeFunction({ name, description, parameters }: WireFunction): Tool {
  return { name, ...(description ? { description } : {}), ...(parameters ? { parameters } : {}) };
}

function decodeFunctionCall(call: ToolFields['function_call'], tools: readonly Tool[]): ToolChoice | undefined {
  if (call === undefined || typeof call === 'string') return call && { type: call };
  return { type: 'named', names: [requireOffered(call.name, tools, 'function_call.name')] };
}

interface DecodedChoice {
  choice: ToolChoice | undefined;
  /** Only these are shown to the model. */
  allowed?: ReadonlySet<string>;
}

/** Throws `invalid-request` for names that are not offered, `unsupported-field` for choices of another kind. */
export function decodeToolChoice(wire: WireChoice | undefined, tools: readonly Tool[]): DecodedChoice {
  if (wire === undefined) return { choice: undefined };
  if (typeof wire === 'string') {
    if (wire === 'required' && tools.length === 0) throw invalidParameter('tool_choice', 'there are no tools to call');
    return { choice: { type: wire } };
  }
  switch (wire.type) {
    case 'function':
      return { choice: { type: 'named', names: [requireName(wire, tools, 'tool_choice')] } };
    case 'allowed_tools':
      return decodeAllowedTools(wire, tools);
    default:
      throw unsupportedField('tool_choice.type', 'A choice is a function or a list of allowed tools.');
  }
}

/** The Chat API nests mode and tools in `allowed_tools`, the Responses API does not. */
function decodeAllowedTools(wire: Exclude<WireChoice, string>, tools: readonly Tool[]): DecodedChoice {
  const path = wire.allowed_tools ? 'tool_choice.allowed_tools' : 'tool_choice';
  const mode = wire.allowed_tools?.mode ?? wire.mode ?? 'auto';
  const listed = wire.allowed_tools?.tools ?? wire.tools;
  if (!listed) throw invalidParameter(`${path}.tools`, 'it is missing');
  const names = listed.map((item, index) => requireName(item, tools, `${path}.tools[${index}]`));
  return { choice: mode === 'auto' ? { type: 'auto' } : { type: 'required' }, allowed: new Set(names) };
}

function requireName(wire: z.infer<typeof namedToolSchema>, tools: readonly Tool[], param: string): string {
  const name = wire.function?.name ?? wire.name;
  if (!name) throw invalidParameter(`${param}.function.name`, 'it is missing');
  return requireOffered(name, tools, `${param}.function.name`);
}
