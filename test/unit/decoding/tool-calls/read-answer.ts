import type { Tool } from '#shared/domain/chat.ts';
import { AnswerParser, type AnswerParserOptions } from '#main/decoding/tool-calls/answer-parser.ts';
import type { AnswerEvent } from '#main/decoding/tool-calls/call-writer.ts';
import type { AnswerPiece } from '#main/decoding/tool-calls/control-alphabet.ts';

export interface ReadCall {
  name: string;
  arguments: string;
  status: string;
  source?: string;
}

/** An answer's events, joined. */
export interface ReadAnswer {
  text: string;
  reasoning: string;
  calls: ReadCall[];
}

export function joinEvents(events: readonly AnswerEvent[]): ReadAnswer {
  const answer: ReadAnswer = { text: '', reasoning: '', calls: [] };
  for (const event of events) {
    if (event.type === 'text') answer.text += event.text;
    else if (event.type === 'reasoning') answer.reasoning += event.text;
    else if (event.type === 'call-start') answer.calls.push({ name: event.name, arguments: '', status: 'open' });
    else applyToCall(answer.calls[event.index], event);
  }
  return answer;
}

function applyToCall(call: ReadCall | undefined, event: AnswerEvent): void {
  if (!call) throw new Error('an event of a call that never began');
  if (event.type === 'call-arguments') call.arguments += event.delta;
  if (event.type !== 'call-end') return;
  call.status = event.status;
  if (event.source !== undefined) call.source = event.source;
}

/** What the parser makes of the pieces; a string stands for ordinary text. */
export function readAnswer(pieces: (string | AnswerPiece)[], options: AnswerParserOptions): ReadAnswer {
  const parser = new AnswerParser(options);
  const events = pieces.flatMap((piece) => parser.push(typeof piece === 'string' ? { text: piece } : piece));
  return joinEvents([...events, ...parser.finish()]);
}

/** The answer as tokens would bring it: the named control texts as control tokens, the rest cut anywhere. */
export function toPieces(
  answer: string,
  controlTexts: readonly string[],
  cut: (text: string) => string[],
): AnswerPiece[] {
  if (controlTexts.length === 0) return cut(answer).map((text) => ({ text }));
  const pattern = controlTexts.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('|');
  return answer
    .split(new RegExp(`(${pattern})`))
    .flatMap((text, index) =>
      index % 2 === 1 ? [{ text, isControl: true }] : cut(text).map((part) => ({ text: part })),
    );
}

export const weatherTools: Tool[] = [
  {
    name: 'get_weather',
    description: 'Weather of a city.',
    parameters: {
      type: 'object',
      properties: {
        city: { type: 'string' },
        days: { type: 'integer' },
        options: {
          type: 'object',
          properties: {
            unit: { type: 'string' },
            exact: { type: 'boolean' },
            tags: { type: 'array', items: { type: 'string' } },
          },
        },
      },
      required: ['city'],
    },
  },
  {
    name: 'add',
    parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['a', 'b'] },
  },
  { name: 'now', parameters: {} },
];
