import { Agent, request } from 'node:http';

export interface CompletionOptions {
  url: string;
  tokens: readonly number[];
  maxTokens: number;
}

export interface Completion {
  text: string;
  promptTokens: number;
  completionTokens: number;
  cachedTokens: number;
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
}

/** A connection for each request: llama-server ends streamed ones, so kept ones would break now and then. */
const agent = new Agent({ keepAlive: false });

/** One greedy streamed completion of exactly `maxTokens` tokens, the same body for every arm. */
export function complete({ url, tokens, maxTokens }: CompletionOptions): Promise<Completion> {
  const body = JSON.stringify({
    prompt: tokens,
    max_tokens: maxTokens,
    temperature: 0,
    ignore_eos: true,
    stream: true,
    stream_options: { include_usage: true },
  });
  const { promise, resolve, reject } = Promise.withResolvers<Completion>();
  const sentAt = performance.now();
  const outgoing = request(`${url}/v1/completions`, {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
  });
  outgoing.once('error', (cause) => reject(new Error(`${url} broke the connection.`, { cause })));
  outgoing.once('response', (response) => {
    const answer: Completion = {
      ...{ text: '', promptTokens: 0, completionTokens: 0, cachedTokens: 0 },
      ...{ firstTextMs: Number.NaN, totalMs: 0 },
    };
    let rest = '';
    response.setEncoding('utf8');
    response.on('data', (part: string) => {
      const lines = (rest + part).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) readLine(line, answer, sentAt);
    });
    response.once('error', reject);
    response.once('end', () => {
      answer.totalMs = performance.now() - sentAt;
      if (response.statusCode === 200) resolve(answer);
      else reject(new Error(`${url} answered ${response.statusCode}: ${rest}`));
    });
  });
  outgoing.end(body);
  return promise;
}

function readLine(line: string, answer: Completion, sentAt: number): void {
  if (!line.startsWith('data: {')) return;
  const chunk = JSON.parse(line.slice('data: '.length)) as Chunk;
  const text = chunk.choices?.[0]?.text ?? '';
  if (text !== '' && Number.isNaN(answer.firstTextMs)) answer.firstTextMs = performance.now() - sentAt;
  answer.text += text;
  if (!chunk.usage) return;
  answer.promptTokens = chunk.usage.prompt_tokens;
  answer.completionTokens = chunk.usage.completion_tokens;
  answer.cachedTokens = chunk.usage.prompt_tokens_details?.cached_tokens ?? 0;
}
