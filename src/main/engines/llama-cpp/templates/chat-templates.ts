import type { AnswerMarkers } from '../answer/index.ts';
import { chooseTemplate, readMarkers, type ChatRequest } from '../chat-format.ts';
import type { TemplateTexts, TemplateThread } from './template-thread.ts';

/** What a model's chat templates say, and the prompts that they write. */
export class ChatTemplates {
  readonly #texts: TemplateTexts;
  readonly #thread: Pick<TemplateThread, 'render'>;
  readonly #markers = new Map<string | null, AnswerMarkers>();

  constructor(texts: TemplateTexts, thread: Pick<TemplateThread, 'render'>) {
    this.#texts = texts;
    this.#thread = thread;
  }

  /** What answers to such a request may hold; the same object each time. */
  markersOf(request: Pick<ChatRequest, 'tools'>): AnswerMarkers {
    const template = chooseTemplate(this.#texts, request);
    const markers = this.#markers.get(template) ?? readMarkers(template ?? undefined);
    this.#markers.set(template, markers);
    return markers;
  }

  /** The prompt of a conversation. Errors: `template-failed`, `cancelled`. */
  render(request: ChatRequest, signal?: AbortSignal): Promise<string> {
    return this.#thread.render(request, signal);
  }
}
