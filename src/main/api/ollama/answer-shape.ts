import type { ToolCall } from '#shared/domain/chat.ts';

/** What chat and generate say in different words: the members of one line, as JSON text. */
export interface AnswerShape {
  text(text: string): string;
  thinking(text: string): string;
  call(call: ToolCall, index: number): string;
  /** The members of a whole answer. */
  whole(answer: { text: string; reasoning: string; toolCalls: readonly ToolCall[] }): string;
}

export const chatShape: AnswerShape = {
  text: (text) => `"message":{"role":"assistant","content":${JSON.stringify(text)}}`,
  thinking: (text) => `"message":{"role":"assistant","content":"","thinking":${JSON.stringify(text)}}`,
  call: (call, index) => `"message":{"role":"assistant","content":"","tool_calls":[${encodeCall(call, index)}]}`,
  whole({ text, reasoning, toolCalls }) {
    const thinking = reasoning === '' ? '' : `,"thinking":${JSON.stringify(reasoning)}`;
    const calls = toolCalls.length === 0 ? '' : `,"tool_calls":[${toolCalls.map(encodeCall).join(',')}]`;
    return `"message":{"role":"assistant","content":${JSON.stringify(text)}${thinking}${calls}}`;
  },
};

export const generateShape: AnswerShape = {
  text: (text) => `"response":${JSON.stringify(text)}`,
  thinking: (text) => `"response":"","thinking":${JSON.stringify(text)}`,
  call: (call) => generateShape.text(call.arguments),
  whole: ({ text, reasoning }) =>
    `"response":${JSON.stringify(text)}${reasoning === '' ? '' : `,"thinking":${JSON.stringify(reasoning)}`}`,
};

/** Arguments are an object here; the model's own JSON text is one, with its keys in order. */
function encodeCall({ id, name, arguments: json }: ToolCall, index: number): string {
  const head = `{"id":${JSON.stringify(id)},"function":{"index":${index},"name":${JSON.stringify(name)}`;
  return `${head},"arguments":${isObject(json) ? json : '{}'}}}`;
}

/** A call that was cut off holds no whole object. */
export function isObject(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
