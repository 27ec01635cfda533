import { Agent, request } from 'node:http';

export interface CompletionOptions {
  url: string;
  tokens: readonly number[];
  maxTokens: number;
  /** Where the server has several. */
  model?: string;
  /** The answer consists of this token alone, so that every arm goes on from the same conversation. */
  forcedToken?: number;
  /** Ends the answer early: what came until then is the result. */
  signal?: AbortSignal;
  /** Called for each event with a part of the answer. */
  onEvent?: () => void;
}

export interface Completion {
  text: string;
  promptTokens: number;
  completionTokens: number;
  cachedTokens: number;
  /** Prompt tokens that were computed, by the server's own count. */
  computedTokens: number;
  /** From sending to the first event with text, and to the end, in ms. */
  firstTextMs: number;
  totalMs: number;
}

interface Chunk {
  choices?: { text?: string }[];
  usage?: {
    prompt_tokens: number;
    completion_tokens: number;
    prompt_tokens_details?: { cached_tokens?: number };
  } | null;
  timings?: { prompt_n: number };
  error?: { message: string };
}

/** No score of a test model comes near. */
const forcingBias = 100;

/** A connection for each request: llama-server ends streamed ones, so kept ones would break now and then. */
const agent = new Agent({ keepAlive: false });

/** One greedy streamed completion of exactly `maxTokens` tokens, the same body for every arm. */
export function complete(options: CompletionOptions): Promise<Completion> {
  const { url, tokens, maxTokens, model, forcedToken, signal, onEvent } = options;
  const body = JSON.stringify({
    ...(model === undefined ? {} : { model }),
    prompt: tokens,
    max_tokens: maxTokens,
    temperature: 0,
    ignore_eos: true,
    stream: true,
    stream_options: { include_usage: true },
    ...(forcedToken === undefined ? {} : { logit_bias: { [forcedToken]: forcingBias } }),
  });
  const { promise, resolve, reject } = Promise.withResolvers<Completion>();
  const sentAt = performance.now();
  const answer = emptyCompletion();
  const outgoing = request(`${url}/v1/completions`, {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
  });
  const end = (): void => {
    answer.totalMs = performance.now() - sentAt;
    resolve(answer);
    outgoing.destroy();
  };
  signal?.addEventListener('abort', end, { once: true });
  outgoing.on('error', (cause) => reject(new Error(`${url} broke the connection.`, { cause })));
  outgoing.once('response', (response) => {
    let rest = '';
    response.setEncoding('utf8');
    response.on('data', (part: string) => {
      const lines = (rest + part).split('\n');
      rest = lines.pop() ?? '';
      try {
        for (const line of lines) if (readLine(line, answer, performance.now() - sentAt)) onEvent?.();
      } catch (error) {
        reject(new Error(`${url} broke off.`, { cause: error }));
        outgoing.destroy();
      }
    });
    response.on('error', reject);
    response.once('end', () => {
      if (response.statusCode === 200) end();
      else reject(new Error(`${url} answered ${response.statusCode}: ${rest}`));
    });
  });
  outgoing.end(body);
  return promise.finally(() => signal?.removeEventListener('abort', end));
}

function emptyCompletion(): Completion {
  return {
    ...{ text: '', promptTokens: 0, completionTokens: 0, cachedTokens: 0, computedTokens: 0 },
    ...{ firstTextMs: Number.NaN, totalMs: 0 },
  };
}

/** True for an event with a part of the answer. */
function readLine(line: string, answer: Completion, atMs: number): boolean {
  if (!line.startsWith('data: {')) return false;
  const { choices, usage, timings, error } = JSON.parse(line.slice('data: '.length)) as Chunk;
  if (error) throw new Error(error.message);
  const text = choices?.[0]?.text ?? '';
  if (text !== '' && Number.isNaN(answer.firstTextMs)) answer.firstTextMs = atMs;
  answer.text += text;
  if (usage) {
    answer.promptTokens = usage.prompt_tokens;
    answer.completionTokens = usage.completion_tokens;
    answer.cachedTokens = usage.prompt_tokens_details?.cached_tokens ?? 0;
  }
  if (timings) answer.computedTokens = timings.prompt_n;
  return choices !== undefined && choices.length > 0;
}
