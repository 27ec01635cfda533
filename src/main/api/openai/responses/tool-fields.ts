import { z } from 'zod';
import type { Tool } from '#shared/domain/chat.ts';
import { listSchema, textSchema } from '../../validate.ts';
import { requireDistinctNames } from '../../tool-list.ts';
import { invalidParameter } from '../../validate.ts';
import { boundedJsonSchema } from '../../bounded-json.ts';
import { toolChoiceSchema } from '../chat/tool-fields.ts';

const maxTools = 1_000;
const nameSchema = textSchema.max(256).nullish();

const flatToolSchema = z.object({
  type: z.string(),
  name: nameSchema,
  description: textSchema.nullish(),
  parameters: boundedJsonSchema.nullish(),
  /** Makes no difference: arguments are always bound by the parameters' schema. */
  strict: z.boolean().nullish(),
  /** Of a custom tool: how its text is to be written. */
  format: boundedJsonSchema.nullish(),
});
type FlatTool = z.infer<typeof flatToolSchema>;

const toolSchema = flatToolSchema.extend({ tools: listSchema(flatToolSchema, maxTools).nullish() });
type WireTool = z.infer<typeof toolSchema>;

export const toolFields = {
  tools: listSchema(toolSchema, maxTools).optional(),
  tool_choice: toolChoiceSchema.optional(),
  parallel_tool_calls: z.boolean().optional(),
} as const;

/** How the client knows a tool that the model calls by another name. */
export interface ToolOrigin {
  name: string;
  namespace?: string;
  /** A custom tool takes one text, not arguments. */
  isCustom: boolean;
}

export interface DecodedTools {
  tools: Tool[];
  /** By the name that the model knows. */
  origins: ReadonlyMap<string, ToolOrigin>;
  /** Function tools as an answer repeats them. */
  echo: object[];
  /** Tools and parts of them that are left out, as `tools[].type`. */
  ignored: string[];
}

/**
 * Functions, functions of namespaces, and custom tools, which become functions of one text. Tools of a server are left
 * out and named: clients offer them to everybody. Throws `invalid-request` for tools without a name or of the same.
 */
export function decodeTools(wire: readonly WireTool[]): DecodedTools {
  const list = new ToolList();
  for (const [index, tool] of wire.entries()) list.add(tool, `tools[${index}]`);
  return list.end();
}

class ToolList {
  readonly #tools: Tool[] = [];
  readonly #params: string[] = [];
  readonly #origins = new Map<string, ToolOrigin>();
  readonly #echo: object[] = [];
  readonly #ignored = new Set<string>();

  add(tool: WireTool, param: string): void {
    switch (tool.type) {
      case 'function':
      case 'custom':
        return this.#addOne(tool, param);
      case 'namespace':
        for (const [index, inner] of (tool.tools ?? []).entries()) {
          this.#addOne(inner, `${param}.tools[${index}]`, tool.name ?? '');
        }
        return;
      default:
        this.#ignored.add(`tools[].${tool.type}`);
    }
  }

  end(): DecodedTools {
    requireDistinctNames(this.#tools, (index) => `${this.#params[index] ?? 'tools'}.name`);
    return { tools: this.#tools, origins: this.#origins, echo: this.#echo, ignored: [...this.#ignored] };
  }

  #addOne(tool: FlatTool, param: string, namespace?: string): void {
    const { type, name } = tool;
    if (!name) throw invalidParameter(`${param}.name`, 'it is missing');
    const isCustom = type === 'custom';
    const known = namespace !== undefined && this.#origins.has(name) ? `${namespace}__${name}` : name;
    this.#params.push(param);
    this.#origins.set(known, { name, isCustom, ...(namespace === undefined ? {} : { namespace }) });
    this.#tools.push(toTool(known, tool));
    if (isCustom && tool.format?.['type'] === 'grammar') this.#ignored.add('tools[].format');
    if (!isCustom && namespace === undefined) this.#echo.push(toEcho(name, tool));
  }
}

function toTool(name: string, { type, description, parameters }: FlatTool): Tool {
  const schema = type === 'custom' ? customParameters : parameters;
  return { name, ...(description ? { description } : {}), ...(schema ? { parameters: schema } : {}) };
}

function toEcho(name: string, { description, parameters, strict }: FlatTool): object {
  return {
    type: 'function',
    name,
    description: description ?? null,
    parameters: parameters ?? null,
    strict: strict ?? null,
  };
}

const customParameters = {
  type: 'object',
  properties: { input: { type: 'string' } },
  required: ['input'],
  additionalProperties: false,
} as const;
