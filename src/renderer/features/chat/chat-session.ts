import type { ControlClient } from '#shared/control/client.ts';
import { toAppError } from '#shared/errors/app-error.ts';
import {
  emptyChat,
  isAnswering,
  reduceChat,
  toGenerationRequest,
  type ChatAction,
  type ChatSettings,
  type ChatState,
} from './chat-state.ts';

/**
 * The conversation of this window. It lives in memory only and outlives its page: an answer goes on while another page
 * is shown. Views are told at most once per frame.
 */
export class ChatSession {
  readonly #client: ControlClient;
  readonly #listeners = new Set<() => void>();
  #state: ChatState = emptyChat;
  #abort: AbortController | undefined;
  #isTelling = false;

  constructor(client: ControlClient) {
    this.#client = client;
  }

  get(): ChatState {
    return this.#state;
  }

  /** Returns the unsubscribe function. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  ask(text: string): void {
    if (isAnswering(this.#state) || text.trim() === '') return;
    this.#change({ type: 'ask', text: text.trim() });
    void this.#answer();
  }

  /** Makes the last answer anew. */
  retry(): void {
    if (isAnswering(this.#state)) return;
    this.#change({ type: 'retry' });
    void this.#answer();
  }

  /** Ends the answer; what was written stays. */
  stop(): void {
    this.#abort?.abort();
    this.#change({ type: 'stop' });
  }

  /** A new conversation with the same model and settings. */
  clear(): void {
    this.stop();
    this.#change({ type: 'clear' });
  }

  chooseModel(model: string | undefined): void {
    this.#change({ type: 'choose-model', model });
  }

  changeSettings(settings: Partial<ChatSettings>): void {
    this.#change({ type: 'change-settings', settings });
  }

  async #answer(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    try {
      const events = this.#client.channel('inference.chat', toGenerationRequest(this.#state), abort.signal);
      for await (const event of events) {
        if (abort.signal.aborted) return;
        this.#change({ type: 'event', event, at: Date.now() });
      }
      if (!abort.signal.aborted) this.#change({ type: 'stop' });
    } catch (thrown) {
      if (!abort.signal.aborted) this.#change({ type: 'fail', error: toAppError(thrown).toWire() });
    }
  }

  #change(action: ChatAction): void {
    this.#state = reduceChat(this.#state, action);
    if (action.type === 'event') this.#tellNextFrame();
    else this.#tell();
  }

  #tellNextFrame(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    // A timer, not an animation frame: a hidden window has no frames, and its answer goes on.
    setTimeout(() => {
      this.#isTelling = false;
      this.#tell();
    }, 16);
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
