import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from './statistics.ts';
import { makeToolCases, toToolRequest } from './tool-cases.ts';

export interface SoakCounts {
  answered: number;
  /** Connections that the client cut. */
  aborted: number;
  /** 4xx for what was wrong on purpose. */
  refused: number;
  /** Anything else, by what it was. */
  failures: Record<string, number>;
}

interface SoakRequest {
  path: string;
  body: object;
  /** Milliseconds that the reader rests after each piece. */
  restMs?: number;
  isWrong?: boolean;
}

const systems = Array.from({ length: 4 }, (_, index) =>
  `You are assistant ${index}. `.concat('Answer briefly, keep to the facts and say what you do not know. '.repeat(12)),
);
const words = ['river', 'stone', 'paper', 'winter', 'engine', 'garden', 'letter', 'music', 'harbour', 'mirror'];
const toolCases = makeToolCases(100, 5);
const abortShare = 0.25;
const longestBeforeAbortMs = 400;

/** Asks for something else again and again until the time is over; `width` of them at once. */
export async function runClients(url: string, width: number, untilMs: number): Promise<SoakCounts> {
  const counts: SoakCounts = { answered: 0, aborted: 0, refused: 0, failures: {} };
  const client = async (seed: number): Promise<void> => {
    const random = seededRandom(seed);
    while (performance.now() < untilMs) {
      const outcome = await send(
        url,
        makeRequest(random),
        random() < abortShare ? random() * longestBeforeAbortMs : undefined,
      );
      if (outcome in counts) counts[outcome as 'answered']++;
      else counts.failures[outcome] = (counts.failures[outcome] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: width }, (_, index) => client(index + 1)));
  return counts;
}

function makeRequest(random: () => number): SoakRequest {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const sentence = (length: number): string => Array.from({ length }, () => pick(words)).join(' ');
  const messages = [
    { role: 'system', content: pick(systems) },
    ...Array.from({ length: 1 + 2 * Math.floor(random() * 3) }, (_, turn) => ({
      ...{ role: turn % 2 === 0 ? 'user' : 'assistant', content: sentence(4 + Math.floor(random() * 30)) },
    })),
  ];
  const chat = { path: '/v1/chat/completions', body: { messages, stream: true, max_tokens: 40, temperature: 0.7 } };
  const schema = { type: 'object', properties: { name: { type: 'string', maxLength: 12 }, age: { type: 'integer' } } };
  const responseFormat = { type: 'json_schema', json_schema: { name: 'person', strict: true, schema } };
  const tools = toToolRequest(pick(toolCases), Math.floor(random() * 1000));
  const kinds: SoakRequest[] = [
    chat,
    { ...chat, restMs: 30 },
    { ...chat, body: { ...chat.body, stream: false, n: 2 } },
    { ...chat, body: { messages, max_tokens: 60, response_format: responseFormat } },
    { ...chat, body: { ...tools, stream: random() < 0.5, max_tokens: 60 } },
    { path: '/v1/completions', body: { prompt: pick(systems) + sentence(3), max_tokens: 20, stream: true } },
    { path: '/v1/completions', body: { prompt: sentence(300), max_tokens: 4, stream: true, logprobs: 3 } },
    { path: '/v1/embeddings', body: { input: [sentence(5), sentence(40)] } },
    { ...chat, body: { messages, temperature: -1 }, isWrong: true },
    { ...chat, body: { messages, response_format: { type: 'json_schema', json_schema: {} } }, isWrong: true },
  ];
  return pick(kinds);
}

/** What became of it: a field of the counts, or the failure in words. */
function send(
  url: string,
  { path, body, restMs = 0, isWrong = false }: SoakRequest,
  abortMs?: number,
): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const text = JSON.stringify(body);
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  const outgoing = request(url + path, { method: 'POST', agent: false, headers });
  const timer =
    abortMs === undefined
      ? undefined
      : setTimeout(() => {
          resolve('aborted');
          outgoing.destroy();
        }, abortMs);
  outgoing.once('error', (error) => resolve(`${path}: ${error.message}`));
  outgoing.once('response', (response) => {
    readSlowly(response, restMs).then(
      (all) => resolve(judge({ path, isWrong, status: response.statusCode ?? 0, text: all })),
      (error: unknown) => resolve(`${path}: ${error instanceof Error ? error.message : String(error)}`),
    );
  });
  outgoing.end(text);
  return promise.finally(() => clearTimeout(timer));
}

async function readSlowly(response: AsyncIterable<unknown>, restMs: number): Promise<string> {
  let all = '';
  for await (const piece of response) {
    all += String(piece);
    if (restMs > 0) await sleep(restMs);
  }
  return all;
}

function judge(answer: { path: string; isWrong: boolean; status: number; text: string }): string {
  const { path, isWrong, status, text } = answer;
  if (isWrong) return status >= 400 && status < 500 ? 'refused' : `${path}: status ${status} for a wrong request`;
  if (status !== 200) return `${path}: status ${status}: ${text.slice(0, 120)}`;
  return text.includes('data: {"error"') ? `${path}: ${text.slice(text.indexOf('data: {"error"'), 120)}` : 'answered';
}
