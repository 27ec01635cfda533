import { z } from 'zod';
import type { ChatMessage, Tool } from '#shared/domain/chat.ts';
import type { ToolChoice } from '#shared/domain/generation.ts';
import type { PassportCheckId } from '#shared/domain/passport.ts';
import type { Check, Finding } from '../check.ts';
import { plainQuestion, type Answer, type ModelUnderTest } from '../model-under-test.ts';

const tools: Tool[] = [
  {
    name: 'get_weather',
    description: 'Tells the weather of a city right now.',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string', minLength: 1, maxLength: 24 } },
      required: ['city'],
      additionalProperties: false,
    },
  },
  {
    name: 'set_alarm',
    description: 'Sets an alarm clock.',
    parameters: {
      type: 'object',
      properties: {
        hour: { type: 'integer', minimum: 0, maximum: 23 },
        minute: { type: 'integer', minimum: 0, maximum: 59 },
      },
      required: ['hour', 'minute'],
      additionalProperties: false,
    },
  },
];

/** The same demands, read by another hand. */
const shapes: Readonly<Record<string, z.ZodType>> = {
  get_weather: z.strictObject({ city: z.string().min(1).max(96) }),
  set_alarm: z.strictObject({ hour: z.int().min(0).max(23), minute: z.int().min(0).max(59) }),
};

const callTokens = 96;
/** Room for the two calls that are wanted, and to see that it makes no end of them. */
const severalCallsTokens = 160;
const weather: ChatMessage = { role: 'user', content: 'What is the weather in Paris right now?' };

interface ToolQuestion {
  id: PassportCheckId;
  message: ChatMessage;
  choice: ToolChoice;
  judge: (answer: Answer) => Pick<Finding, 'verdict' | 'detail'>;
}

const questions: ToolQuestion[] = [
  {
    id: 'tools-required',
    message: weather,
    choice: { type: 'required' },
    judge: (answer) => judgeCall(answer, Object.keys(shapes)),
  },
  {
    id: 'tools-named',
    message: { role: 'user', content: 'Wake me at half past six.' },
    choice: { type: 'named', names: ['set_alarm'] },
    judge: (answer) => judgeCall(answer, ['set_alarm']),
  },
  {
    id: 'tools-none',
    message: weather,
    choice: { type: 'none' },
    judge: ({ calls, text, reasoning }) => {
      if (calls.length > 0) return { verdict: 'fail', detail: 'It called a tool though none was allowed.' };
      if ((text + reasoning).trim() === '') return { verdict: 'fail', detail: 'It answered nothing.' };
      return { verdict: 'pass', detail: 'It answers in words when tools are forbidden.' };
    },
  },
  {
    id: 'tools-auto',
    message: weather,
    choice: { type: 'auto' },
    judge: (answer) => judgeCall(answer, ['get_weather']),
  },
];

/** Calls in every mode, several at once, and an answer to a tool's result. */
export const toolChecks: Check = {
  ids: ['tools-required', 'tools-named', 'tools-none', 'tools-auto', 'tools-parallel', 'tool-result'],
  needsText: true,
  async *run({ model }) {
    if (!model.record.facts.hasChatTemplate) {
      const detail = 'Tools come with messages, and the file has no chat template.';
      for (const id of toolChecks.ids) yield { id, verdict: 'not-applicable', detail };
      return;
    }
    for (const { id, message, choice, judge } of questions) {
      const maxTokens = choice.type === 'none' ? 24 : callTokens;
      yield { id, ...judge(await ask(model, message, { choice, maxTokens })) };
    }
    yield await checkParallel(model);
    yield await checkResult(model);
  },
};

function ask(
  model: ModelUnderTest,
  message: ChatMessage,
  { choice, maxTokens, isParallel = false }: { choice: ToolChoice; maxTokens: number; isParallel?: boolean },
): Promise<Answer> {
  return model.ask({
    ...plainQuestion({ type: 'chat', messages: [message], tools }, maxTokens),
    toolChoice: choice,
    parallelToolCalls: isParallel,
  });
}

function judgeCall({ calls, reason }: Answer, names: readonly string[]): Pick<Finding, 'verdict' | 'detail'> {
  const [call] = calls;
  if (!call) return { verdict: 'fail', detail: 'It called no tool.' };
  if (!names.includes(call.name)) return { verdict: 'fail', detail: `It called ${call.name} instead.` };
  if (!calls.every(isValid)) return { verdict: 'fail', detail: `The arguments of ${call.name} do not fit its schema.` };
  if (reason !== 'tool-calls')
    return { verdict: 'fail', detail: `The answer ended with ${reason}, not with its calls.` };
  return { verdict: 'pass', detail: `It called ${call.name} with ${call.arguments}.` };
}

function isValid({ name, arguments: text }: { name: string; arguments: string }): boolean {
  try {
    return shapes[name]?.safeParse(JSON.parse(text)).success === true;
  } catch {
    return false;
  }
}

async function checkParallel(model: ModelUnderTest): Promise<Finding> {
  const message: ChatMessage = { role: 'user', content: 'What is the weather in Paris, and what is it in Oslo?' };
  const choice: ToolChoice = { type: 'required' };
  const several = await ask(model, message, { choice, maxTokens: severalCallsTokens, isParallel: true });
  const single = await ask(model, message, { choice, maxTokens: callTokens });
  const figures = { callsWhenAllowed: several.calls.length, callsWhenForbidden: single.calls.length };
  const found = (verdict: Finding['verdict'], detail: string): Finding => ({
    id: 'tools-parallel',
    verdict,
    detail,
    figures,
  });
  if (single.calls.length !== 1) return found('fail', `Held to one call it made ${single.calls.length}.`);
  if (!several.calls.every(isValid)) return found('fail', 'The arguments of one of its calls do not fit the schema.');
  if (several.reason === 'length') return found('fail', `It did not end after ${several.calls.length} calls.`);
  if (several.calls.length < 2) return found('fail', 'It makes its calls one at a time.');
  return found('pass', `It made ${several.calls.length} calls in one answer, and one when held to one.`);
}

async function checkResult(model: ModelUnderTest): Promise<Finding> {
  const messages: ChatMessage[] = [
    weather,
    {
      role: 'assistant',
      content: '',
      toolCalls: [{ id: 'call_1', name: 'get_weather', arguments: '{"city":"Paris"}' }],
    },
    { role: 'tool', toolCallId: 'call_1', content: '{"temperature_celsius": 41, "sky": "clear"}' },
  ];
  const { text, reasoning, calls } = await model.ask(plainQuestion({ type: 'chat', messages, tools }, 64));
  const figures = { mentionsResult: text.includes('41') ? 1 : 0 };
  const isEmpty = (text + reasoning).trim() === '';
  const found = (verdict: Finding['verdict'], detail: string): Finding => ({
    id: 'tool-result',
    verdict,
    detail,
    figures,
  });
  if (isEmpty && calls.length > 0) return found('fail', 'It called a tool again instead of answering.');
  if (isEmpty) return found('fail', 'It answered nothing to a tool’s result.');
  if (figures.mentionsResult === 0) return found('pass', 'It answers to a tool’s result, without telling its number.');
  return found('pass', 'It answers with what the tool said.');
}
