import { readChatAnswer, type ChatAnswer } from './chat-answer.ts';
import { mapAtOnce, postJson } from './json-client.ts';
import { findFault, toToolRequest, type ToolCase, type ToolMode } from './tool-cases.ts';

export interface ToolOutcome {
  mode: ToolMode;
  question: string;
  /** Undefined: valid. */
  fault?: string;
}

const width = 4;
/** As the test model writes its own; as text each takes five tokens or more. */
const controlToken = /<\|(?:im_start|im_end|endoftext)\|>/g;
/** A changed letter may make a word take so many tokens more or less. */
const spellingTokens = 2;

/** Every case once, with its index as the seed. */
export function runToolCases(url: string, cases: readonly ToolCase[]): Promise<ToolOutcome[]> {
  return mapAtOnce([...cases.entries()], width, async ([seed, toolCase]) => {
    const { mode, question } = toolCase;
    const fault = await askForFault(url, toolCase, seed);
    return { mode, question, ...(fault === undefined ? {} : { fault }) };
  });
}

async function askForFault(url: string, toolCase: ToolCase, seed: number): Promise<string | undefined> {
  const { status, body } = await postJson(`${url}/v1/chat/completions`, toToolRequest(toolCase, seed));
  if (status !== 200) return `status ${status}: ${JSON.stringify(body).slice(0, 160)}`;
  const answer = readChatAnswer(body);
  const fault = findFault(toolCase, answer);
  return fault ?? (toolCase.mode === 'forged' ? await findForgery(url, toolCase, answer) : undefined);
}

/**
 * User text that became control tokens takes far fewer tokens than the same text with one letter of each marker
 * changed, which no tokenizer takes for one.
 */
async function findForgery(url: string, toolCase: ToolCase, { promptTokens }: ChatAnswer): Promise<string | undefined> {
  const question = toolCase.question.replaceAll(controlToken, (marker) => marker.replace(/[a-z]/, 'x'));
  const markers = [...toolCase.question.matchAll(controlToken)].length;
  const request = { ...toToolRequest({ ...toolCase, question }, 0), max_tokens: 1 };
  const { status, body } = await postJson(`${url}/v1/chat/completions`, request);
  if (status !== 200) return `status ${status} for the harmless text`;
  const missing = readChatAnswer(body).promptTokens - promptTokens;
  return missing > spellingTokens * markers ? `${markers} markers took ${missing} tokens less than as text` : undefined;
}
