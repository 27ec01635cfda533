import { Template } from '@huggingface/jinja';
import type { ChatMessage, Tool } from '#shared/domain/chat.ts';
import { AppError } from '#shared/errors/app-error.ts';
import {
  detectReasoning,
  detectSyntax,
  probeTemplate,
  toTemplateTurns,
  type RenderTemplate,
  type TemplateTraits,
} from '../../decoding/index.ts';
import type { AnswerMarkers } from './answer/index.ts';
import { foldSystem, normaliseTurns, splitAnswerStart } from './chat-messages.ts';

/** A compiled template of either engine. `render` throws with the template's own message. */
export interface Renderer {
  render(variables: Record<string, unknown>): string;
}

export interface ChatFormatOptions {
  /** The GGUF's own templates; null where the file has none. */
  template: string | null;
  /** Its template for requests with tools, where it has a separate one. */
  toolTemplate: string | null;
  beginText: string;
  endText: string;
  /** llama.cpp's Jinja engine. */
  compile: (template: string) => Renderer;
}

export interface ChatRequest {
  messages: readonly ChatMessage[];
  tools?: readonly Tool[] | undefined;
  templateArguments?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Messages to prompt text by the model's own template: first by llama.cpp's engine, then by Hugging Face's; first as
 * the messages stand, then in the strict order of roles, then without a system role. The first rendering that works is
 * taken.
 */
export class ChatFormat {
  readonly #options: ChatFormatOptions;
  readonly #renderers = new Map<string, Renderer[]>();
  readonly #markers = new Map<string | undefined, AnswerMarkers>();
  readonly #traits = new Map<string, TemplateTraits>();

  constructor(options: ChatFormatOptions) {
    this.#options = options;
  }

  get hasTemplate(): boolean {
    return this.#options.template !== null;
  }

  /** Errors: `template-failed` with the template's own message. */
  render(request: ChatRequest): string {
    const template = this.#chooseTemplate(request);
    const { history, answerStart } = splitAnswerStart(request.messages);
    const renderers = this.#compile(template);
    const traits = this.#traitsFor(template, request);
    const failures: unknown[] = [];
    for (const messages of [history, normaliseTurns(history), foldSystem(history)]) {
      const variables = this.#toVariables({ ...request, messages }, traits);
      for (const renderer of renderers) {
        try {
          return renderer.render(variables) + answerStart;
        } catch (error) {
          failures.push(error);
        }
      }
    }
    throw createTemplateError(failures[0]);
  }

  /** What answers to such a request may hold. */
  markersOf(request: ChatRequest): AnswerMarkers {
    const template = this.#templateFor(request) ?? undefined;
    const known = this.#markers.get(template);
    if (known) return known;
    const markers = { syntax: detectSyntax(template), reasoning: detectReasoning(template) };
    this.#markers.set(template, markers);
    return markers;
  }

  #templateFor({ tools }: ChatRequest): string | null {
    const { template, toolTemplate } = this.#options;
    return tools?.length ? (toolTemplate ?? template) : template;
  }

  #chooseTemplate(request: ChatRequest): string {
    const chosen = this.#templateFor(request);
    if (chosen !== null) return chosen;
    throw new AppError('template-failed', 'The model has no chat template.', {
      hint: 'Send the whole prompt as text to /v1/completions.',
    });
  }

  /** The engines that accept the template's syntax; compiled once. */
  #compile(template: string): Renderer[] {
    const known = this.#renderers.get(template);
    if (known) return known;
    const failures: unknown[] = [];
    const renderers: Renderer[] = [];
    for (const compile of [this.#options.compile, (text: string) => new Template(text)]) {
      try {
        renderers.push(compile(template));
      } catch (error) {
        failures.push(error);
      }
    }
    if (renderers.length === 0) throw createTemplateError(failures[0]);
    this.#renderers.set(template, renderers);
    return renderers;
  }

  /** How calls, results and thinking reach the template; plain messages need no probing. */
  #traitsFor(template: string, request: ChatRequest): TemplateTraits {
    if (!needsTraits(request)) return { ...plainTraits, ...this.markersOf(request) };
    const known = this.#traits.get(template) ?? probeTemplate(template, this.#toRender(template));
    this.#traits.set(template, known);
    return known;
  }

  #toRender(template: string): RenderTemplate {
    const { beginText, endText } = this.#options;
    return (input) => {
      const failures: unknown[] = [];
      for (const renderer of this.#compile(template)) {
        try {
          return renderer.render({ ...input, bos_token: beginText, eos_token: endText });
        } catch (error) {
          failures.push(error);
        }
      }
      throw failures[0];
    };
  }

  #toVariables(request: ChatRequest, traits: TemplateTraits): Record<string, unknown> {
    const { messages, tools = [], templateArguments } = request;
    return {
      add_generation_prompt: true,
      ...templateArguments,
      ...toTemplateTurns({ messages, tools }, traits),
      bos_token: this.#options.beginText,
      eos_token: this.#options.endText,
    };
  }
}

/** For messages that are only words. */
const plainTraits: Omit<TemplateTraits, keyof AnswerMarkers> = {
  hasSystemRole: true,
  rendersTools: true,
  rendersCalls: true,
  rendersResults: true,
  attachesResults: false,
  argumentsForm: 'object',
  emptyContent: '',
  needsShortIds: false,
  reasoningKey: undefined,
};

function needsTraits({ messages, tools }: ChatRequest): boolean {
  if (tools?.length) return true;
  return messages.some(
    ({ role, toolCalls, reasoning }) => role === 'tool' || toolCalls?.length || reasoning !== undefined,
  );
}

/** llama.cpp prints the place in the template first; the template's own words stand on the last line. */
function createTemplateError(cause: unknown): AppError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const lastLine = text.trimEnd().split('\n').at(-1) ?? text;
  const message = lastLine.replace(/^(AddonJinjaRenderer: |Error: |Jinja Exception: )+/, '');
  return new AppError('template-failed', `The model's chat template refused the messages: ${message}`, {
    hint: 'Change the order or the kind of the messages, or send the whole prompt as text to /v1/completions.',
    cause,
  });
}
