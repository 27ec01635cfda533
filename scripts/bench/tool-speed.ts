import { readChatAnswer } from './chat-answer.ts';
import { postJson } from './json-client.ts';
import type { Block } from './paired-run.ts';
import type { Arm } from './server-arm.ts';
import { toolShelf, type Tool } from './tool-cases.ts';

/** What a block consists of: the same requests on every arm. */
export interface StrictWork {
  name: string;
  /** One greedy answer that must be of a given form. */
  toRequest(turn: number): Record<string, unknown>;
}

const callsPerBlock = 3;
const cities = ['Paris', 'Rome', 'Oslo', 'Lima', 'Cairo', 'Tokyo', 'Quito', 'Delhi', 'Bern', 'Accra'];
/** More than any of these answers needs. */
export const strictTokens = 128;
const greedy = { temperature: 0, max_tokens: strictTokens };

/** Arguments without free text: what an answer says is up to the model, how long it is hardly. */
const bounded: readonly Tool[] = toolShelf.filter(({ function: { name } }) =>
  ['set_light', 'convert', 'set_alarm', 'add'].includes(name),
);

const order = {
  type: 'object',
  properties: {
    order_identifier: { type: 'integer', minimum: 100, maximum: 999 },
    shipping_method: { enum: ['standard_delivery', 'express_delivery', 'pick_up_in_store'] },
    customer_notification_preferences: {
      type: 'object',
      properties: { send_email_confirmation: { type: 'boolean' }, send_text_message: { type: 'boolean' } },
      required: ['send_email_confirmation', 'send_text_message'],
      additionalProperties: false,
    },
    payment_status: { const: 'awaiting_confirmation' },
  },
  required: ['order_identifier', 'shipping_method', 'customer_notification_preferences', 'payment_status'],
  additionalProperties: false,
};

export const strictWorks: readonly StrictWork[] = [
  {
    name: 'strict tool calls a second',
    toRequest: (turn) => ({
      messages: [
        { role: 'user', content: `${cities[turn % cities.length]} number ${turn}: switch on the kitchen light.` },
      ],
      ...{ ...greedy, tools: bounded, tool_choice: 'required', parallel_tool_calls: false },
    }),
  },
  {
    name: 'answers by a strict schema a second',
    toRequest: (turn) => ({
      messages: [{ role: 'user', content: `Order ${turn} from ${cities[turn % cities.length]}, by express.` }],
      ...greedy,
      response_format: { type: 'json_schema', json_schema: { name: 'order', strict: true, schema: order } },
    }),
  },
];

/** Counted in answers. A peer that goes on until its tokens end is told by `onCut`; Impetus must not. */
export async function runStrictBlock(
  arm: Arm,
  { work, round, onCut }: { work: StrictWork; round: number; onCut: () => void },
): Promise<Block> {
  const startedAt = performance.now();
  for (let call = 0; call < callsPerBlock; call++) {
    const request = work.toRequest(round * callsPerBlock + call);
    const { status, body } = await postJson(`${arm.url}/v1/chat/completions`, request);
    if (status !== 200) throw new Error(`${arm.name} answered ${status}: ${JSON.stringify(body).slice(0, 200)}`);
    if (readChatAnswer(body).finishReason !== 'length') continue;
    if (arm.name === 'Impetus') throw new Error('Impetus did not end its answer.');
    onCut();
  }
  return { wallMs: performance.now() - startedAt, cpuMs: 0, units: callsPerBlock };
}
