import { beforeAll, describe, expect, test } from 'vitest';
import type { ChatMessage, ToolCall } from '#shared/domain/chat.ts';
import {
  AnswerParser,
  findPrimer,
  probeTemplate,
  toTemplateTurns,
  type RenderTemplate,
  type TemplateTraits,
} from '#main/decoding/index.ts';
import { readTemplateFamilies } from '#scripts/template-prompts/families.ts';
import { openTemplateEngines } from '#test/support/template-engines.ts';
import { joinEvents, weatherTools } from '#test/unit/decoding/tool-calls/read-answer.ts';

/**
 * Every template of llama.cpp, rendered as Impetus does: which syntax it is recognised as, what it does with the
 * parts of a conversation, and whether a call in its own words reads back as the call that was given to it.
 *
 * What the template shows by itself: S a system message, T tools, C past calls, R their results. What it does not
 * show, Impetus writes into other messages.
 */
const families: Readonly<Record<string, readonly [syntax: string, shows: string, limits?: readonly Limit[]]>> = {
  'Apertus-8B-Instruct': ['apertus', 'STCR'],
  'Apriel-1.6-15b-Thinker-fixed': ['apriel', 'STCR'],
  'Bielik-11B-v3.0-Instruct': ['hermes', 'STCR'],
  'ByteDance-Seed-OSS': ['seed', 'STCR'],
  Cohere2MoE: ['command-r', 'STCR'],
  'CohereForAI-c4ai-command-r-plus-tool_use': ['command-r-plus', 'STCR'],
  'CohereForAI-c4ai-command-r7b-12-2024-tool_use': ['command-r', 'STCR'],
  'GLM-4.6': ['glm', 'STCR'],
  'GLM-4.7-Flash': ['glm-compact', 'STCR'],
  'GigaChat3-10B-A1.8B': ['gigachat-3', 'STCR', ['one-call']],
  'GigaChat3.1-10B-A1.8B': ['gigachat-3.1', 'STCR', ['one-call']],
  'HuggingFaceTB-SmolLM3-3B': ['generic', 'S'],
  'Kimi-K2-Instruct': ['kimi-k2', 'STCR'],
  'Kimi-K2-Thinking': ['kimi-k2', 'STCR'],
  'Kimi-K3': ['kimi-k3', 'STCR'],
  'LFM2-8B-A1B': ['lfm2', 'STR'],
  'LFM2.5-8B-A1B': ['lfm2', 'STCR'],
  'LFM2.5-Instruct': ['lfm2', 'STR'],
  'MiMo-VL': ['hermes', 'STCR'],
  'MiniMax-M1': ['minimax-m1', 'STCR'],
  'MiniMax-M2': ['minimax-m2', 'STCR'],
  'MiniMax-M3': ['minimax-m3', 'STCR'],
  'Mistral-Small-3.2-24B-Instruct-2506': ['mistral-call-id', 'STCR'],
  'NVIDIA-Nemotron-3-Nano-30B-A3B-BF16': ['qwen3-coder', 'STCR'],
  'NVIDIA-Nemotron-Nano-v2': ['nemotron-v2', 'STCR'],
  'NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use': ['hermes', 'STCR'],
  'NousResearch-Hermes-3-Llama-3.1-8B-tool_use': ['hermes', 'STCR'],
  'Qwen-QwQ-32B': ['hermes', 'STCR'],
  'Qwen-Qwen2.5-7B-Instruct': ['hermes', 'STCR'],
  'Qwen-Qwen3-0.6B': ['hermes', 'STCR'],
  'Qwen3-Coder': ['qwen3-coder', 'STCR'],
  'Qwen3.5-4B': ['qwen3-coder', 'STCR'],
  'Reka-Edge': ['hermes', 'STCR'],
  'Spark2.5': ['glm-compact', 'STCR'],
  'StepFun3.5-Flash': ['qwen3-coder', 'STCR'],
  'deepseek-ai-DeepSeek-R1-Distill-Llama-8B': ['deepseek-r1', 'SCR'],
  'deepseek-ai-DeepSeek-R1-Distill-Qwen-32B': ['deepseek-r1', 'SCR'],
  'deepseek-ai-DeepSeek-V3.1': ['deepseek-v3.1', 'SCR'],
  'deepseek-ai-DeepSeek-V3.2': ['deepseek-v3.2', 'STCR'],
  'deepseek-ai-DeepSeek-V4': ['deepseek-v4', 'STCR'],
  'deepseek-ai-DeepSeek-V4-Flash-0731': ['deepseek-v4', 'STCR'],
  'fireworks-ai-llama-3-firefunction-v2': ['firefunction', 'SCR'],
  'google-gemma-2-2b-it': ['generic', ''],
  'google-gemma-4-31B-it': ['gemma-4', 'STCR'],
  'google-gemma-4-31B-it-interleaved': ['gemma-4', 'STCR'],
  'ibm-granite-granite-3.3-2B-Instruct': ['granite', 'STR'],
  'ibm-granite-granite-4.0': ['hermes', 'STCR'],
  'ibm-granite-granite-4.1': ['hermes', 'STCR'],
  'inclusionai-ling-3.0-flash': ['ling', 'STCR'],
  'llama-cpp-deepseek-r1': ['deepseek-r1', 'STCR'],
  'llama-cpp-rwkv-world': ['generic', 'S'],
  'meetkai-functionary-medium-v3.1': ['functionary-3.1', 'STCR'],
  'meetkai-functionary-medium-v3.2': ['functionary-3.2', 'STCR'],
  'meta-llama-Llama-3.1-8B-Instruct': ['llama-3', 'STCR', ['one-call']],
  'meta-llama-Llama-3.2-3B-Instruct': ['llama-3', 'STCR', ['one-call']],
  'meta-llama-Llama-3.3-70B-Instruct': ['llama-3', 'STCR', ['one-call']],
  'microsoft-Phi-3.5-mini-instruct': ['generic', 'S'],
  'mistralai-Ministral-3-14B-Reasoning-2512': ['mistral-args', 'STCR'],
  'mistralai-Mistral-Nemo-Instruct-2407': ['mistral', 'STCR'],
  'moonshotai-Kimi-K2': ['kimi-k2', 'STCR'],
  'muse-glimmer': ['muse', 'STCR'],
  'openai-gpt-oss-120b': ['harmony', 'STCR', ['one-call']],
  'openbmb-MiniCPM5-1B': ['minicpm', 'STCR'],
  'poolside-Laguna-S-2.1': ['glm-compact', 'STCR'],
  'poolside-Laguna-XS-2.1': ['glm', 'STCR'],
  'poolside-Laguna-XS.2': ['glm', 'STCR'],
  'tencent-Hy3': ['hunyuan', 'STCR'],
  'unsloth-Apriel-1.5': ['apriel', 'STCR'],
  'unsloth-mistral-Devstral-Small-2507': ['mistral-args', 'STCR'],
  'upstage-Solar-Open-100B': ['solar', 'STCR'],
};

/** `one-call`: the template shows only the first call of a message, or refuses more. */
type Limit = 'one-call';

let templates: ReadonlyMap<string, string>;
let compile: (template: string) => RenderTemplate;

beforeAll(async () => {
  templates = await readTemplateFamilies();
  const { either } = await openTemplateEngines();
  compile = (template) => {
    const renderer = either(template);
    return (input) => renderer.render({ ...input, bos_token: '<BOS>', eos_token: '<EOS>' });
  };
});

test('every template of llama.cpp is known', () => {
  expect(Object.keys(families).sort()).toEqual([...templates.keys()].sort());
});

describe.each(
  Object.entries(families).map(([name, [syntax, shows, limits = []]]) => ({ name, syntax, shows, limits })),
)('$name', ({ name, syntax, shows, limits }) => {
  const open = () => {
    const template = templates.get(name) ?? '';
    const render = compile(template);
    return { render, traits: probeTemplate(template, render) };
  };

  test('is recognised by its template', () => {
    const { traits } = open();
    expect({ syntax: traits.syntax.id, shows: showsOf(traits) }).toEqual({ syntax, shows });
  });

  test('shows the tools and the whole conversation, and its own calls read back', () => {
    const { render, traits } = open();
    for (const calls of limits.includes('one-call') ? [[weather]] : [[weather], [weather, addition]]) {
      const prompt = renderTurns(render, traits, conversation);
      const text = renderTurns(render, traits, [...conversation, turnOf(calls), ...resultsOf(calls)]);
      for (const word of ['get_weather', 'question-of-the-user']) expect(prompt).toContain(word);
      for (const [index] of calls.entries()) expect(text).toContain(`result-${String(index)}`);
      const read = readCalls(traits, prompt, text);
      expect(read.map((call) => ({ ...call, arguments: JSON.parse(call.arguments) as unknown }))).toEqual(
        calls.map((call) => ({
          name: call.name,
          status: 'complete',
          arguments: JSON.parse(call.arguments) as unknown,
        })),
      );
    }
  });
});

const conversation: ChatMessage[] = [
  { role: 'system', content: 'words-of-the-system' },
  { role: 'user', content: 'question-of-the-user' },
];

const weather: ToolCall = {
  id: 'call_0123456789abcdefghij0001',
  name: 'get_weather',
  arguments: JSON.stringify({
    city: 'Zü"rich"\n{"a": [}',
    days: 3,
    options: { unit: 'C', exact: true, tags: ['x', '1'] },
  }),
};

const addition: ToolCall = { id: 'call_0123456789abcdefghij0002', name: 'add', arguments: '{"a":1,"b":2.5}' };

function turnOf(toolCalls: ToolCall[]): ChatMessage {
  return { role: 'assistant', content: '', toolCalls, reasoning: 'thought-of-the-model' };
}

function resultsOf(calls: readonly ToolCall[]): ChatMessage[] {
  return calls.map(({ id, name }, index) => ({
    role: 'tool',
    name,
    toolCallId: id,
    content: `result-${String(index)}`,
  }));
}

/** A template without a system role gets its words in front of the user's, as the engine does. */
function renderTurns(render: RenderTemplate, traits: TemplateTraits, messages: readonly ChatMessage[]): string {
  const allowed = traits.hasSystemRole ? messages : messages.filter(({ role }) => role !== 'system');
  return render({
    ...toTemplateTurns({ messages: allowed, tools: weatherTools }, traits),
    add_generation_prompt: true,
  });
}

function showsOf({ hasSystemRole, rendersTools, rendersCalls, rendersResults }: TemplateTraits): string {
  return [hasSystemRole && 'S', rendersTools && 'T', rendersCalls && 'C', rendersResults && 'R']
    .filter(Boolean)
    .join('');
}

/** The calls between the prompt and the first result. */
function readCalls(
  traits: TemplateTraits,
  prompt: string,
  text: string,
): { name: string; arguments: string; status: string }[] {
  const { syntax, reasoning } = traits;
  let start = 0;
  while (start < prompt.length && prompt[start] === text[start]) start++;
  while (start < prompt.length && start > 0 && !/[>\]\s]/.test(text.charAt(start - 1))) start--;
  const primer = findPrimer(text.slice(0, start), { syntax, reasoning });
  const parser = new AnswerParser({ syntax, reasoning, tools: weatherTools, primer });
  const answer = text.slice(start, text.indexOf('result-0', start));
  return joinEvents([...parser.push({ text: answer }), ...parser.finish()]).calls;
}
