import { z } from 'zod';
import type { Tool } from '#shared/domain/chat.ts';
import type { ToolChoice } from '#shared/domain/generation.ts';
import { unsupportedField } from '../check-fields.ts';
import { boundedJsonSchema } from '../bounded-json.ts';
import { requireDistinctNames, requireOffered } from '../tool-list.ts';
import { invalidParameter, listSchema, textSchema } from '../validate.ts';
import { findClientTool } from './client-tools.ts';

const nameSchema = textSchema.min(1).max(256);

const toolSchema = z.object({
  /** Absent or `custom`: a function of the caller's. */
  type: z.string().nullish(),
  name: nameSchema.nullish(),
  description: textSchema.nullish(),
  input_schema: boundedJsonSchema.nullish(),
  /** Makes no difference: arguments are always bound by the schema. */
  strict: z.boolean().nullish(),
});
type WireTool = z.infer<typeof toolSchema>;

/** Keys of tools that are read, or ask for what happens anyway. */
export const toolKeys: ReadonlySet<string> = new Set([
  ...Object.keys(toolSchema.shape),
  'cache_control',
  'eager_input_streaming',
]);

/** Tools and which of them may be called. */
export const toolFields = {
  tools: listSchema(toolSchema, 1_000).optional(),
  tool_choice: z
    .object({
      type: z.enum(['auto', 'any', 'tool', 'none']),
      name: nameSchema.nullish(),
      disable_parallel_tool_use: z.boolean().nullish(),
    })
    .optional(),
} as const;

type ToolFields = z.infer<z.ZodObject<typeof toolFields>>;

export interface DecodedTools {
  tools: Tool[];
  choice: ToolChoice | undefined;
  isParallel: boolean | undefined;
}

/** Throws `invalid-request` for names that are not offered or offered twice, `unsupported-field` for tools of a server. */
export function decodeTools({ tools: wire = [], tool_choice }: ToolFields): DecodedTools {
  const tools = requireDistinctNames(
    wire.map((tool, index) => decodeTool(tool, `tools[${index}]`)),
    (index) => `tools[${index}].name`,
  );
  return {
    tools,
    choice: decodeChoice(tool_choice, tools),
    isParallel: tool_choice?.disable_parallel_tool_use === true ? false : undefined,
  };
}

function decodeTool({ type, name, description, input_schema }: WireTool, param: string): Tool {
  const known = findClientTool(type ?? 'custom');
  if (known) return { name: name ?? known.name, description: known.description, parameters: known.parameters };
  if (type !== undefined && type !== null && type !== 'custom') {
    const shown = JSON.stringify(type.slice(0, 40));
    throw unsupportedField(`${param}.type`, `${shown} runs on the server, and there are no tools on this one.`);
  }
  if (!name) throw invalidParameter(`${param}.name`, 'it is missing');
  return { name, ...(description ? { description } : {}), ...(input_schema ? { parameters: input_schema } : {}) };
}

function decodeChoice(wire: ToolFields['tool_choice'], tools: readonly Tool[]): ToolChoice | undefined {
  if (!wire) return undefined;
  switch (wire.type) {
    case 'any':
      if (tools.length === 0) throw invalidParameter('tool_choice', 'there are no tools to call');
      return { type: 'required' };
    case 'tool':
      if (!wire.name) throw invalidParameter('tool_choice.name', 'it is missing');
      return { type: 'named', names: [requireOffered(wire.name, tools, 'tool_choice.name')] };
    default:
      return { type: wire.type };
  }
}
