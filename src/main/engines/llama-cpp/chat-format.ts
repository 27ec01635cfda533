import { Template } from '@huggingface/jinja';
import type { ChatMessage, Tool } from '#shared/domain/chat.ts';
import { AppError } from '#shared/errors/app-error.ts';
import {
  foldSystem,
  normaliseTurns,
  splitAnswerStart,
  toTemplateMessages,
  toTemplateTools,
  type ArgumentsForm,
} from './chat-messages.ts';

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
    const failures: unknown[] = [];
    for (const messages of [history, normaliseTurns(history), foldSystem(history)]) {
      for (const form of toForms(history)) {
        for (const renderer of renderers) {
          try {
            return renderer.render(this.#toVariables({ ...request, messages }, form)) + answerStart;
          } catch (error) {
            failures.push(error);
          }
        }
      }
    }
    throw createTemplateError(failures[0]);
  }

  #chooseTemplate({ tools }: ChatRequest): string {
    const { template, toolTemplate } = this.#options;
    const chosen = tools?.length ? (toolTemplate ?? template) : template;
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

  #toVariables({ messages, tools, templateArguments }: ChatRequest, form: ArgumentsForm): Record<string, unknown> {
    return {
      add_generation_prompt: true,
      ...templateArguments,
      messages: toTemplateMessages(messages, form),
      ...(tools?.length ? { tools: toTemplateTools(tools) } : {}),
      bos_token: this.#options.beginText,
      eos_token: this.#options.endText,
    };
  }
}

/** Only calls in the history make a difference between the two forms of arguments. */
function toForms(messages: readonly ChatMessage[]): ArgumentsForm[] {
  return messages.some(({ toolCalls }) => toolCalls?.length) ? ['object', 'text'] : ['object'];
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
