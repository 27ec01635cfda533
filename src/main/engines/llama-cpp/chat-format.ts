import type { ChatMessage, Tool } from '#shared/domain/chat.ts';
import { AppError, isAppError } from '#shared/errors/app-error.ts';
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
import type { Renderer } from './templates/bounded-template.ts';
import { createLimitError } from './templates/template-limits.ts';

export interface ChatFormatOptions {
  /** The GGUF's own templates; null where the file has none. */
  template: string | null;
  /** Its template for requests with tools, where it has a separate one. */
  toolTemplate: string | null;
  beginText: string;
  endText: string;
  /** Throws on a syntax error; what it gives throws `template-failed` at a limit. */
  compile: (template: string) => Renderer;
  /** Characters of a prompt, whichever engine wrote it. */
  mostCharacters: number;
}

export interface ChatRequest {
  messages: readonly ChatMessage[];
  tools?: readonly Tool[] | undefined;
  templateArguments?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Messages to prompt text by the model's own template: first as the messages stand, then in the strict order of roles,
 * then without a system role. The first rendering that works is taken. Runs in a thread of its own: a template may be
 * hostile.
 */
export class ChatFormat {
  readonly #options: ChatFormatOptions;
  readonly #renderers = new Map<string, Renderer | AppError>();
  readonly #markers = new Map<string, AnswerMarkers>();
  readonly #traits = new Map<string, TemplateTraits>();

  constructor(options: ChatFormatOptions) {
    this.#options = options;
  }

  /** Errors: `template-failed` with the template's own message or the limit that it met. */
  render(request: ChatRequest): string {
    const template = this.#chooseTemplate(request);
    const { history, answerStart } = splitAnswerStart(request.messages);
    const renderer = this.#compile(template);
    const traits = this.#traitsFor(template, request);
    const failures: unknown[] = [];
    for (const messages of [history, normaliseTurns(history), foldSystem(history)]) {
      const variables = this.#toVariables({ ...request, messages }, traits);
      try {
        return this.#requireShort(renderer.render(variables)) + answerStart;
      } catch (error) {
        if (isAppError(error)) throw error;
        failures.push(error);
      }
    }
    throw createTemplateError(failures[0]);
  }

  /** Finds out ahead what a first request with tools would have to wait for. */
  warmUp(): void {
    for (const template of new Set([this.#options.template, this.#options.toolTemplate])) {
      if (template !== null) this.#probe(template);
    }
  }

  #chooseTemplate(request: ChatRequest): string {
    const chosen = chooseTemplate(this.#options, request);
    if (chosen !== null) return chosen;
    throw new AppError('template-failed', 'The model has no chat template.', {
      hint: 'Send the whole prompt as text to /v1/completions.',
    });
  }

  #compile(template: string): Renderer {
    const renderer = this.#renderers.get(template) ?? this.#tryCompile(template);
    this.#renderers.set(template, renderer);
    if (isAppError(renderer)) throw renderer;
    return renderer;
  }

  #tryCompile(template: string): Renderer | AppError {
    try {
      return this.#options.compile(template);
    } catch (error) {
      return isAppError(error) ? error : createTemplateError(error);
    }
  }

  #requireShort(rendered: string): string {
    const { mostCharacters } = this.#options;
    if (rendered.length > mostCharacters) throw createLimitError('characters', mostCharacters);
    return rendered;
  }

  /** How calls, results and thinking reach the template; plain messages need no probing. */
  #traitsFor(template: string, request: ChatRequest): TemplateTraits {
    return needsTraits(request) ? this.#probe(template) : { ...plainTraits, ...this.#markersOf(template) };
  }

  /** Errors: `template-failed` when one of the conversations that it is tried with meets a limit. */
  #probe(template: string): TemplateTraits {
    const known = this.#traits.get(template);
    if (known) return known;
    let stopped: AppError | undefined;
    const render = this.#toRender(template);
    const traits = probeTemplate(template, (input) => {
      if (stopped) throw stopped;
      try {
        return render(input);
      } catch (error) {
        if (isAppError(error)) stopped = error;
        throw error;
      }
    });
    if (stopped) throw stopped;
    this.#traits.set(template, traits);
    return traits;
  }

  #markersOf(template: string): AnswerMarkers {
    const markers = this.#markers.get(template) ?? readMarkers(template);
    this.#markers.set(template, markers);
    return markers;
  }

  #toRender(template: string): RenderTemplate {
    const { beginText, endText } = this.#options;
    return (input) => this.#compile(template).render({ ...input, bos_token: beginText, eos_token: endText });
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

/** The template that a request is written by. */
export function chooseTemplate(
  { template, toolTemplate }: Pick<ChatFormatOptions, 'template' | 'toolTemplate'>,
  { tools }: Pick<ChatRequest, 'tools'>,
): string | null {
  return tools?.length ? (toolTemplate ?? template) : template;
}

/** What answers to prompts of a template may hold. */
export function readMarkers(template: string | undefined): AnswerMarkers {
  return { syntax: detectSyntax(template), reasoning: detectReasoning(template) };
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
