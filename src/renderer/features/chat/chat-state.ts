import type { ChatMessage, ToolCall } from '#shared/domain/chat.ts';
import type { FinishReason, GenerationEvent, GenerationRequest, Timings, Usage } from '#shared/domain/generation.ts';
import type { WireError } from '#shared/errors/app-error.ts';

export interface UserTurn {
  role: 'user';
  text: string;
}

export type AnswerProgress =
  | { state: 'waiting' }
  | { state: 'reading'; processedTokens: number; totalTokens: number }
  | { state: 'writing' }
  | { state: 'done'; reason: FinishReason; usage: Usage; timings: Timings }
  | { state: 'stopped' }
  | { state: 'failed'; error: WireError };

export interface AssistantTurn {
  role: 'assistant';
  /** Wire id; what was asked for until the server said what answers. */
  model: string | undefined;
  text: string;
  /** What the model thought before it answered. */
  reasoning: string;
  toolCalls: readonly ToolCall[];
  progress: AnswerProgress;
  promptTokens: number | undefined;
  contextSize: number | undefined;
  /** Tokens received so far and when the first and the last of them came, as `Date.now()`. */
  tokens: number;
  firstTokenAt: number | undefined;
  lastTokenAt: number | undefined;
}

export type Turn = UserTurn | AssistantTurn;

/** What the user may set for the answers of this conversation; undefined means the model's or Impetus' default. */
export interface ChatSettings {
  systemPrompt: string;
  temperature: number | undefined;
  maxTokens: number | undefined;
}

export interface ChatState {
  turns: readonly Turn[];
  /** Wire id; undefined means the default model. */
  model: string | undefined;
  settings: ChatSettings;
}

export type ChatAction =
  | { type: 'ask'; text: string }
  | { type: 'retry' }
  | { type: 'event'; event: GenerationEvent; at: number }
  | { type: 'fail'; error: WireError }
  | { type: 'stop' }
  | { type: 'clear' }
  | { type: 'choose-model'; model: string | undefined }
  | { type: 'change-settings'; settings: Partial<ChatSettings> };

export const emptyChat: ChatState = {
  turns: [],
  model: undefined,
  settings: { systemPrompt: '', temperature: undefined, maxTokens: undefined },
};

/** The conversation after an action; pure. */
export function reduceChat(state: ChatState, action: ChatAction): ChatState {
  switch (action.type) {
    case 'ask':
      return { ...state, turns: [...state.turns, { role: 'user', text: action.text }, newAnswer(state.model)] };
    case 'retry':
      return { ...state, turns: [...withoutLastAnswer(state.turns), newAnswer(state.model)] };
    case 'event':
      return changeAnswer(state, (answer) => reduceEvent(answer, action.event, action.at));
    case 'fail':
      return changeAnswer(state, (answer) => ({ ...answer, progress: { state: 'failed', error: action.error } }));
    case 'stop':
      return changeAnswer(state, (answer) =>
        isAnswerOpen(answer) ? { ...answer, progress: { state: 'stopped' } } : answer,
      );
    case 'clear':
      return { ...state, turns: [] };
    case 'choose-model':
      return { ...state, model: action.model };
    case 'change-settings':
      return { ...state, settings: { ...state.settings, ...action.settings } };
  }
}

/** The answer being made or made last. */
export function findLastAnswer(state: ChatState): AssistantTurn | undefined {
  return state.turns.findLast((turn) => turn.role === 'assistant');
}

/** True while an answer is on its way. */
export function isAnswering(state: ChatState): boolean {
  const answer = findLastAnswer(state);
  return answer !== undefined && isAnswerOpen(answer);
}

/** The request behind the answer that stands last. Failed and empty answers are left out of the history. */
export function toGenerationRequest(state: ChatState): GenerationRequest {
  const { settings, model } = state;
  const system: ChatMessage[] = settings.systemPrompt.trim()
    ? [{ role: 'system', content: settings.systemPrompt }]
    : [];
  const messages = withoutLastAnswer(state.turns)
    .filter((turn) => turn.role === 'user' || turn.text !== '')
    .map((turn): ChatMessage => ({ role: turn.role, content: turn.text }));
  return {
    ...(model === undefined ? {} : { model }),
    prompt: { type: 'chat', messages: [...system, ...messages] },
    sampling: settings.temperature === undefined ? {} : { temperature: settings.temperature },
    ...(settings.maxTokens === undefined ? {} : { maxTokens: settings.maxTokens }),
    stops: [],
  };
}

/** Decode speed: the engine's own figure once it is done, before that the tokens seen per second; undefined early. */
export function toTokensPerSecond(answer: AssistantTurn): number | undefined {
  const { progress, tokens, firstTokenAt, lastTokenAt } = answer;
  if (progress.state === 'done') {
    const { completionTokens } = progress.usage;
    return progress.timings.decodeMs > 0 ? (completionTokens / progress.timings.decodeMs) * 1000 : undefined;
  }
  if (firstTokenAt === undefined || lastTokenAt === undefined || lastTokenAt - firstTokenAt < 500) return undefined;
  return ((tokens - 1) / (lastTokenAt - firstTokenAt)) * 1000;
}

function newAnswer(model: string | undefined): AssistantTurn {
  return {
    role: 'assistant',
    model,
    text: '',
    reasoning: '',
    toolCalls: [],
    progress: { state: 'waiting' },
    promptTokens: undefined,
    contextSize: undefined,
    tokens: 0,
    firstTokenAt: undefined,
    lastTokenAt: undefined,
  };
}

function reduceEvent(answer: AssistantTurn, event: GenerationEvent, at: number): AssistantTurn {
  if (!isAnswerOpen(answer)) return answer;
  switch (event.type) {
    case 'start':
      return { ...answer, model: event.model, promptTokens: event.promptTokens, contextSize: event.contextSize };
    case 'prefill-progress': {
      const { processedTokens, totalTokens } = event;
      return { ...answer, progress: { state: 'reading', processedTokens, totalTokens } };
    }
    case 'text-delta':
      return { ...countTokens(answer, event.tokens, at), text: answer.text + event.text };
    case 'reasoning-delta':
      return { ...countTokens(answer, event.tokens, at), reasoning: answer.reasoning + event.text };
    case 'tool-call-start': {
      const call = { id: event.id, name: event.name, arguments: '' };
      return { ...answer, toolCalls: [...answer.toolCalls, call], progress: { state: 'writing' } };
    }
    case 'tool-call-delta':
      return {
        ...answer,
        toolCalls: answer.toolCalls.map((call, index) =>
          index === event.index ? { ...call, arguments: call.arguments + event.arguments } : call,
        ),
      };
    case 'tool-call-end':
    case 'prompt-probabilities':
      return answer;
    case 'finish': {
      if (event.reason === 'cancelled') return { ...answer, progress: { state: 'stopped' } };
      const { reason, usage, timings } = event;
      return { ...answer, progress: { state: 'done', reason, usage, timings } };
    }
  }
}

function countTokens(answer: AssistantTurn, tokens: readonly number[], at: number): AssistantTurn {
  return {
    ...answer,
    tokens: answer.tokens + tokens.length,
    firstTokenAt: answer.firstTokenAt ?? at,
    lastTokenAt: at,
    progress: { state: 'writing' },
  };
}

/** True while it may still grow. */
export function isAnswerOpen({ progress }: AssistantTurn): boolean {
  return progress.state === 'waiting' || progress.state === 'reading' || progress.state === 'writing';
}

function withoutLastAnswer(turns: readonly Turn[]): readonly Turn[] {
  return turns.at(-1)?.role === 'assistant' ? turns.slice(0, -1) : turns;
}

function changeAnswer(state: ChatState, change: (answer: AssistantTurn) => AssistantTurn): ChatState {
  const last = state.turns.at(-1);
  if (last?.role !== 'assistant') return state;
  return { ...state, turns: [...state.turns.slice(0, -1), change(last)] };
}
