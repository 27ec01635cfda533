import type { Prompt } from '#shared/domain/generation.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { controlTokensOf, type AnswerMarkers } from './answer/index.ts';
import type { ChatRequest } from './chat-format.ts';
import { encodeInfill, findInfillFormat, type InfillParts } from './infill-prompt.ts';
import { ContentGuard } from './content-guard.ts';
import { tokenAttributes, type NativeVocabulary } from './native-vocabulary.ts';
import { PromptMemory } from './prompt-memory.ts';
import type { ChatTemplates } from './templates/chat-templates.ts';

/** Names of control tokens are shorter, in characters. */
const longestControlName = 64;

/** A prompt as the model reads it. */
export interface EncodedPrompt {
  /** One at least. */
  tokens: Uint32Array;
  /** What a chat template wrote; '' for other prompts. */
  text: string;
  /** A chat template wrote it. */
  isChat: boolean;
  /** Its tokens follow from its text alone: no word in it only looks like a control token. */
  isPlain: boolean;
  /** What it consists of, where that is more than one thing. */
  parts?: InfillParts;
  /** What the model's answers may hold. */
  markers: AnswerMarkers;
}

/** Turns any prompt into the tokens to evaluate; each prompt is tokenised once. */
export class PromptEncoder {
  readonly #vocabulary: NativeVocabulary;
  readonly #templates: Pick<ChatTemplates, 'markersOf' | 'render'>;
  readonly #memory = new PromptMemory();
  #guard: ContentGuard | undefined;
  #canInfill: boolean | undefined;

  constructor(vocabulary: NativeVocabulary, templates: Pick<ChatTemplates, 'markersOf' | 'render'>) {
    this.#vocabulary = vocabulary;
    this.#templates = templates;
  }

  /** What answers to messages without tools may hold. */
  get markers(): AnswerMarkers {
    return this.#templates.markersOf({});
  }

  /** It has tokens to fill in the middle of a text with. */
  get canInfill(): boolean {
    return (this.#canInfill ??= findInfillFormat(this.#vocabulary) !== undefined);
  }

  /**
   * Errors: `template-failed`, `capability-missing`, `cancelled`, `invalid-request` for an empty prompt or unknown token
   * ids.
   */
  async encode(prompt: Prompt, signal?: AbortSignal): Promise<EncodedPrompt> {
    const isChat = prompt.type === 'chat';
    const markers = isChat ? this.#templates.markersOf(prompt) : this.markers;
    const read = await this.#read(prompt, signal);
    return { ...read, tokens: this.#requireToken(read.tokens), isChat, markers };
  }

  async #read(
    prompt: Prompt,
    signal?: AbortSignal,
  ): Promise<Pick<EncodedPrompt, 'tokens' | 'text' | 'isPlain' | 'parts'>> {
    switch (prompt.type) {
      case 'chat':
        return this.#readChat(prompt, signal);
      case 'infill':
        return { ...this.#readInfill(prompt), text: '', isPlain: false };
      default:
        return { tokens: await this.tokenize(prompt, true), text: '', isPlain: false };
    }
  }

  #readInfill(prompt: Extract<Prompt, { type: 'infill' }>): { tokens: Uint32Array; parts: InfillParts } {
    const { tokens, parts } = encodeInfill(prompt, this.#vocabulary);
    return { tokens: this.#withBeginToken(Uint32Array.from(tokens), true), parts };
  }

  /** The prompt's tokens; `addSpecial` puts the begin token first where the vocabulary asks for one. */
  async tokenize(prompt: Prompt, addSpecial: boolean): Promise<Uint32Array> {
    switch (prompt.type) {
      case 'tokens':
        return this.checkTokens(prompt.tokens);
      case 'text':
        return this.#withBeginToken(this.#vocabulary.tokenize(prompt.text), addSpecial);
      case 'chat':
        return (await this.#readChat(prompt)).tokens;
      case 'infill':
        return this.#readInfill(prompt).tokens;
    }
  }

  /** Names of control tokens that stand in the words of the conversation stay words. */
  async #readChat(
    prompt: ChatRequest,
    signal?: AbortSignal,
  ): Promise<Pick<EncodedPrompt, 'tokens' | 'text' | 'isPlain'>> {
    this.#guard ??= new ContentGuard(controlTokensOf(this.#vocabulary).byText.keys());
    const { request, restore } = this.#guard.protect(prompt);
    const pieces = restore(await this.#templates.render(request, signal));
    const text = pieces.map((piece) => piece.text).join('');
    const [only] = pieces;
    if (only && pieces.length === 1 && !only.isRaw) return { tokens: this.#readKnown(text), text, isPlain: true };
    const parts = pieces.map((piece) => this.#vocabulary.tokenize(piece.text, { isRaw: piece.isRaw }));
    return { tokens: this.#withBeginToken(join(parts), true), text, isPlain: false };
  }

  /** A conversation that goes on keeps the tokens it was written in. */
  #readKnown(text: string): Uint32Array {
    const known = this.#memory.recall(text, (rest) => this.#beginsWithControl(rest));
    if (!known) return this.#withBeginToken(this.#vocabulary.tokenize(text), true);
    return join([known.tokens, this.#vocabulary.tokenize(text.slice(known.text.length))]);
  }

  /** The tokenizer cuts a text at the names of control tokens: what stands before one never changes what follows. */
  #beginsWithControl(text: string): boolean {
    const [first] = this.#vocabulary.tokenize(text.slice(0, longestControlName));
    return first !== undefined && (this.#vocabulary.attributes(first) & tokenAttributes.control) !== 0;
  }

  /** The answer to a prompt is over: told again, both are read in the tokens they have. */
  remember({ text, tokens, isPlain }: EncodedPrompt, answer: { text: string; tokens: Uint32Array }): void {
    if (isPlain && answer.tokens.length > 0) this.#memory.remember(text + answer.text, join([tokens, answer.tokens]));
  }

  #requireToken(tokens: Uint32Array): Uint32Array {
    if (tokens.length > 0) return tokens;
    const { beginToken } = this.#vocabulary;
    if (beginToken !== undefined) return Uint32Array.of(beginToken);
    throw new AppError('invalid-request', 'The prompt is empty and this model has no token to begin with.', {
      hint: 'Send at least one character.',
      data: { param: 'prompt' },
    });
  }

  /** The library reads beyond its tables for an unknown id, so none may pass. */
  checkTokens(tokens: readonly number[]): Uint32Array {
    const { size } = this.#vocabulary;
    const unknown = tokens.find((token) => !Number.isInteger(token) || token < 0 || token >= size);
    if (unknown === undefined) return Uint32Array.from(tokens);
    throw new AppError('invalid-request', `Token ${unknown} is not in the model's vocabulary of ${size}.`, {
      hint: `Send token ids from 0 to ${size - 1}.`,
      data: { param: 'prompt', token: unknown, vocabularySize: size },
    });
  }

  /** Exactly one begin token in front, also where the template's text already brings one (or two). */
  #withBeginToken(tokens: Uint32Array, isWanted: boolean): Uint32Array {
    const { beginToken, wantsBeginToken } = this.#vocabulary;
    if (!isWanted || !wantsBeginToken || beginToken === undefined) return tokens;
    let start = 0;
    while (tokens[start] === beginToken) start++;
    if (start > 0) return tokens.subarray(start - 1);
    const withBegin = new Uint32Array(tokens.length + 1);
    withBegin[0] = beginToken;
    withBegin.set(tokens, 1);
    return withBegin;
  }
}

function join(parts: readonly Uint32Array[]): Uint32Array {
  const [first = new Uint32Array(0), ...others] = parts;
  if (others.length === 0) return first;
  const joined = new Uint32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
