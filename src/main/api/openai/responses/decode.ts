import type { ChatMessage } from '#shared/domain/chat.ts';
import type {
  GenerationRequest,
  OutputFormat,
  Prompt,
  ReasoningOptions,
  ToolChoice,
} from '#shared/domain/generation.ts';
import { invalidParameter } from '../../validate.ts';
import { decodeToolChoice } from '../chat/tool-fields.ts';
import { decodeSampling } from '../sampling-fields.ts';
import { withoutUndefined } from '../../without-undefined.ts';
import { decodeItems } from './decode-items.ts';
import type { Item } from './item-fields.ts';
import type { InputRequest, ResponseRequest } from './schema.ts';
import { decodeTools, type DecodedTools } from './tool-fields.ts';

export interface DecodedInput {
  prompt: Prompt;
  reasoning: ReasoningOptions | undefined;
  toolChoice: ToolChoice | undefined;
  tools: DecodedTools;
  /** What of the input makes no difference. */
  ignored: string[];
}

/** What is put in; `items` are those of the conversation so far and the request's own. Errors: those of both. */
export function decodeInput(body: InputRequest, items: readonly Item[]): DecodedInput {
  const tools = decodeTools(body.tools ?? []);
  const { messages, skipped } = decodeItems(items, createNamer(tools));
  const { choice, allowed } = decodeToolChoice(toFunctionChoice(body.tool_choice), tools.tools);
  const usable = allowed ? tools.tools.filter(({ name }) => allowed.has(name)) : tools.tools;
  return {
    prompt: {
      type: 'chat',
      messages: [...toInstructions(body.instructions), ...messages],
      ...(usable.length > 0 ? { tools: usable } : {}),
    },
    reasoning: decodeReasoning(body),
    toolChoice: usable.length > 0 ? choice : undefined,
    tools,
    ignored: [...tools.ignored, ...skipped],
  };
}

/** The neutral request. Throws `invalid-request` when fields contradict each other. */
export function decodeResponseRequest(body: ResponseRequest, input: DecodedInput): GenerationRequest {
  return withoutUndefined({
    model: body.model,
    prompt: input.prompt,
    sampling: decodeSampling(body),
    maxTokens: body.max_output_tokens,
    stops: [],
    output: decodeFormat(body),
    reasoning: input.reasoning,
    toolChoice: input.toolChoice,
    parallelToolCalls: body.parallel_tool_calls,
    tokenProbabilities: wantsLogprobs(body) ? (body.top_logprobs ?? 0) : undefined,
  });
}

export function wantsLogprobs({ include, top_logprobs }: ResponseRequest): boolean {
  return include?.includes('message.output_text.logprobs') === true || (top_logprobs ?? 0) > 0;
}

/** True: thinking is told as its own summary. */
export function wantsSummary({ reasoning }: InputRequest): boolean {
  const summary = reasoning?.summary ?? reasoning?.generate_summary;
  return summary !== undefined && summary !== null;
}

const knownIncludes: ReadonlySet<string> = new Set(['message.output_text.logprobs', 'reasoning.encrypted_content']);

/** Names of what the request asks for within known fields and cannot matter here. */
export function findIdleFields({ include = [], text }: ResponseRequest): string[] {
  const { verbosity } = text ?? {};
  return [
    ...include.filter((name) => !knownIncludes.has(name)).map((name) => `include[].${name}`),
    ...(verbosity && verbosity !== 'medium' ? ['text.verbosity'] : []),
  ];
}

function toInstructions(instructions: string | undefined): ChatMessage[] {
  return instructions ? [{ role: 'system', content: instructions }] : [];
}

function decodeReasoning({ reasoning }: InputRequest): ReasoningOptions | undefined {
  const effort = reasoning?.effort ?? undefined;
  return effort === undefined ? undefined : { effort, isEnabled: effort !== 'none' };
}

/** To the model a custom tool is a function. */
function toFunctionChoice(choice: InputRequest['tool_choice']): InputRequest['tool_choice'] {
  return typeof choice === 'object' && choice.type === 'custom' ? { ...choice, type: 'function' } : choice;
}

function createNamer({ origins }: DecodedTools): (name: string, namespace: string | undefined) => string {
  return (name, namespace) => {
    if (namespace === undefined) return name;
    const qualified = `${namespace}__${name}`;
    return origins.has(qualified) ? qualified : name;
  };
}

function decodeFormat({ text }: ResponseRequest): OutputFormat | undefined {
  const format = text?.format;
  if (!format || format.type === 'text') return undefined;
  if (format.type === 'json_object') return { type: 'json-object' };
  if (!format.schema) throw invalidParameter('text.format.schema', 'it is missing');
  return { type: 'json-schema', schema: format.schema };
}
