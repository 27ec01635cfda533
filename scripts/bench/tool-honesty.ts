import { z } from 'zod';
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
/** Stands where the forged text stands, to know what the rest of the prompt takes. */
const plainText = 'Repeat';
const tokensSchema = z.object({ tokens: z.array(z.unknown()) });

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
 * User text that became control tokens takes fewer tokens than it has as text: the prompt must be longer than the same
 * one with plain text by just the difference of the two texts.
 */
async function findForgery(url: string, toolCase: ToolCase, { promptTokens }: ChatAnswer): Promise<string | undefined> {
  const request = { ...toToolRequest({ ...toolCase, question: plainText }, 0), max_tokens: 1 };
  const { status, body } = await postJson(`${url}/v1/chat/completions`, request);
  if (status !== 200) return `status ${status} for the plain text`;
  const expected = (await countTokens(url, toolCase.question)) - (await countTokens(url, plainText));
  const really = promptTokens - readChatAnswer(body).promptTokens;
  return really === expected ? undefined : `its text takes ${really} tokens more than "${plainText}", not ${expected}`;
}

async function countTokens(url: string, content: string): Promise<number> {
  const { body } = await postJson(`${url}/tokenize`, { content, add_special: false, parse_special: false });
  return tokensSchema.parse(body).tokens.length;
}
