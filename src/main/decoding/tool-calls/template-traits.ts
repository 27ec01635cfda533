import type { Tool } from '#shared/domain/chat.ts';
import { AnswerParser } from './answer-parser.ts';
import type { AnswerEvent } from './call-writer.ts';
import { detectReasoning, detectSyntax, findPrimer } from './detect-syntax.ts';
import { toSpacedJson } from './render-calls.ts';
import type { ReasoningSyntax, ToolCallSyntax } from './syntax.ts';
import { isRecord } from './typed-value.ts';

export type ArgumentsForm = 'object' | 'flat' | 'text';

/** What a chat template does with tools; found by rendering, once per model. */
export interface TemplateTraits {
  syntax: ToolCallSyntax;
  reasoning: ReasoningSyntax | undefined;
  hasSystemRole: boolean;
  /** The tools of a request reach the prompt. */
  rendersTools: boolean;
  /** Past calls reach the prompt, in the syntax. */
  rendersCalls: boolean;
  /** Messages of the role `tool` reach the prompt. */
  rendersResults: boolean;
  /** Results are wanted as `tool_responses` of the message with the calls, with the answer to them as its content. */
  attachesResults: boolean;
  /** How past calls want their arguments; `flat`: an object whose nested values are JSON text. */
  argumentsForm: ArgumentsForm;
  /** The content beside calls, where the message has none. */
  emptyContent: '' | null;
  /** The template refuses ids that have not nine letters or digits. */
  needsShortIds: boolean;
  /** The key under which past reasoning reaches the prompt. */
  reasoningKey: 'reasoning_content' | 'thinking' | undefined;
}

export interface RenderInput {
  messages: Record<string, unknown>[];
  tools?: Record<string, unknown>[];
  add_generation_prompt: boolean;
}

/** Renders the template; throws where it refuses. */
export type RenderTemplate = (input: RenderInput) => string;

const tool: Tool = {
  name: 'probe_tool_q7',
  description: 'A probe.',
  parameters: {
    type: 'object',
    properties: {
      place: { type: 'string' },
      count: { type: 'integer' },
      parts: { type: 'object', properties: { list: { type: 'array', items: { type: 'string' } } } },
    },
    required: ['place'],
  },
};
const probeArguments = { place: 'a "b" c', count: 3, parts: { list: ['x', 'y'] } };
const tools = [{ type: 'function', function: tool }];
const words = {
  system: 'probe-system-q7',
  user: 'probe-user-q7',
  result: 'probe-result-q7',
  reasoning: 'probe-thought-q7',
};
const ids = { long: 'call_0123456789abcdefABCDEF01', short: 'a1B2c3D4e' };

/** Renders a handful of small conversations. Cost: about ten renderings. */
export function probeTemplate(template: string | undefined, render: RenderTemplate): TemplateTraits {
  const syntax = detectSyntax(template);
  const reasoning = detectReasoning(template);
  const attempt = (input: RenderInput) => tryRender(render, input);
  const user = { role: 'user', content: words.user };
  const system = { role: 'system', content: words.system };
  const hasSystemRole = attempt({ messages: [system, user], add_generation_prompt: true }).includes(words.system);
  const before = hasSystemRole ? [system, user] : [user];
  const rendersTools = attempt({ messages: before, tools, add_generation_prompt: true }).includes(tool.name);
  const prober = new CallProber({ syntax, reasoning, attempt, before });
  const call = prober.find();
  const shape = call ?? { argumentsForm: 'object' as const, emptyContent: '' as const, id: ids.long };
  const probed = prober.render(shape);
  return {
    syntax,
    reasoning,
    hasSystemRole,
    rendersTools,
    rendersCalls: call !== undefined,
    rendersResults: (rendersTools || call !== undefined) && probed.includes(words.result),
    attachesResults: template !== undefined && attachesResults(template),
    argumentsForm: shape.argumentsForm,
    emptyContent: shape.emptyContent,
    needsShortIds: shape.id === ids.short,
    reasoningKey: prober.reasoningKey(shape),
  };
}

function attachesResults(template: string): boolean {
  return template.includes("'tool_responses'") && !/[!=]=\s*['"]tool['"]/.test(template);
}

function tryRender(render: RenderTemplate, input: RenderInput): string {
  try {
    return render(input);
  } catch {
    return '';
  }
}

interface CallShape {
  argumentsForm: ArgumentsForm;
  emptyContent: '' | null;
  id: string;
}

interface ProberParts {
  syntax: ToolCallSyntax;
  reasoning: ReasoningSyntax | undefined;
  attempt: (input: RenderInput) => string;
  before: Record<string, unknown>[];
}

/** Tries the ways a past call can be given to a template until the parser finds the same call in the prompt. */
class CallProber {
  readonly #parts: ProberParts;

  constructor(parts: ProberParts) {
    this.#parts = parts;
  }

  find(): CallShape | undefined {
    const { attempt, before } = this.#parts;
    const prompt = attempt({ messages: before, tools, add_generation_prompt: true });
    for (const id of [ids.long, ids.short]) {
      for (const argumentsForm of ['object', 'flat', 'text'] as const) {
        for (const emptyContent of ['', null] as const) {
          const shape = { id, argumentsForm, emptyContent };
          if (this.#isRead(prompt, this.render(shape))) return shape;
        }
      }
    }
    return undefined;
  }

  /** The conversation with a call and its result. */
  render(shape: CallShape, extra: Record<string, unknown> = {}): string {
    const { attempt, before } = this.#parts;
    const value = toTemplateArguments(JSON.stringify(probeArguments), shape.argumentsForm);
    const call = { id: shape.id, type: 'function', function: { name: tool.name, arguments: value } };
    const answer = { role: 'assistant', content: shape.emptyContent, tool_calls: [call], ...extra };
    const result = { role: 'tool', name: tool.name, tool_call_id: shape.id, content: words.result };
    return attempt({ messages: [...before, answer, result], tools, add_generation_prompt: true });
  }

  reasoningKey(shape: CallShape): TemplateTraits['reasoningKey'] {
    for (const key of ['reasoning_content', 'thinking'] as const) {
      if (this.render(shape, { [key]: words.reasoning }).includes(words.reasoning)) return key;
    }
    return undefined;
  }

  #isRead(prompt: string, text: string): boolean {
    const { syntax, reasoning } = this.#parts;
    const start = commonStart(prompt, text);
    const end = text.indexOf(words.result, start);
    if (end < 0) return false;
    const primer = findPrimer(text.slice(0, start), { syntax, reasoning });
    const parser = new AnswerParser({ syntax, reasoning, tools: [tool], primer });
    return isProbe([...parser.push({ text: text.slice(start, end) }), ...parser.finish()]);
  }
}

/** Length of the common beginning, not cut inside a marker. */
function commonStart(prompt: string, text: string): number {
  let length = 0;
  while (length < prompt.length && prompt[length] === text[length]) length++;
  if (length === prompt.length) return length;
  while (length > 0 && !/[>\]\s]/.test(text.charAt(length - 1))) length--;
  return length;
}

function isProbe(events: readonly AnswerEvent[]): boolean {
  const calls = events.filter(({ type }) => type === 'call-start').length;
  const isComplete = events.some((event) => event.type === 'call-end' && event.status === 'complete');
  const text = events.map((event) => (event.type === 'call-arguments' ? event.delta : '')).join('');
  if (calls !== 1 || !isComplete) return false;
  const value: unknown = JSON.parse(text);
  return isRecord(value) && JSON.stringify(sortKeys(value)) === JSON.stringify(sortKeys(probeArguments));
}

function sortKeys(value: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The arguments of a past call as the template wants them; text that is no JSON object stays text. */
export function toTemplateArguments(text: string, form: ArgumentsForm): unknown {
  const source = text.trim() === '' ? '{}' : text;
  const value = form === 'text' ? undefined : parseObject(source);
  if (value === undefined || form !== 'flat') return value ?? source;
  const flat = Object.entries(value).map(([key, part]) => [key, typeof part === 'object' ? toSpacedJson(part) : part]);
  return Object.fromEntries(flat) as unknown;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
