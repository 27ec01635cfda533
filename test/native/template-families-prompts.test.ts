import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { probeTemplate, toTemplateTurns, type RenderTemplate } from '#main/decoding/index.ts';
import { templateCases, toComparablePrompt } from '#scripts/template-prompts/cases.ts';
import { readTemplateFamilies } from '#scripts/template-prompts/families.ts';
import { openTemplateEngines } from '#test/support/template-engines.ts';

/**
 * The prompts of four conversations by every template, compared with those of llama-server (only their hashes are kept;
 * `node scripts/record-template-prompts.ts` makes them again). llama-server thinks by default; so does this.
 */
const differences: Readonly<Record<string, { cases: string[]; because: string }>> = {
  'Apertus-8B-Instruct': {
    cases: ['chat', 'system', 'tools', 'call'],
    because: 'llama-server leaves the deliberation of this template off',
  },
  'HuggingFaceTB-SmolLM3-3B': {
    cases: ['tools', 'call'],
    because: 'the template shows no tools; llama-server drops them, Impetus describes them',
  },
  'LFM2-8B-A1B': { cases: ['call'], because: 'the template shows no past calls; llama-server drops them' },
  'LFM2.5-Instruct': { cases: ['call'], because: 'the template shows no past calls; llama-server drops them' },
  'deepseek-ai-DeepSeek-R1-Distill-Llama-8B': {
    cases: ['tools', 'call'],
    because: 'the template shows no tools; llama-server drops them, Impetus describes them',
  },
  'deepseek-ai-DeepSeek-R1-Distill-Qwen-32B': {
    cases: ['tools', 'call'],
    because: 'the template shows no tools; llama-server drops them, Impetus describes them',
  },
  'deepseek-ai-DeepSeek-V3.1': {
    cases: ['tools', 'call'],
    because: 'the template shows no tools; llama-server drops them, Impetus describes them',
  },
  'deepseek-ai-DeepSeek-V4': {
    cases: ['chat', 'system'],
    because: 'llama-server gives past answers an empty thought, which this template writes out',
  },
  'deepseek-ai-DeepSeek-V4-Flash-0731': {
    cases: ['chat', 'system'],
    because: 'llama-server gives past answers an empty thought, which this template writes out',
  },
  'fireworks-ai-llama-3-firefunction-v2': {
    cases: ['tools', 'call'],
    because: 'the template knows tools by another name; Impetus describes them in words',
  },
  'google-gemma-2-2b-it': {
    cases: ['system', 'tools', 'call'],
    because: 'the template has no system role, and the engine folds its words into the first question',
  },
  'ibm-granite-granite-3.3-2B-Instruct': {
    cases: ['call'],
    because: 'the template shows no past calls; llama-server drops them',
  },
  'llama-cpp-rwkv-world': {
    cases: ['tools', 'call'],
    because: 'the template shows no tools; llama-server drops them, Impetus describes them',
  },
  'microsoft-Phi-3.5-mini-instruct': {
    cases: ['tools', 'call'],
    because: 'the template shows no tools; llama-server drops them, Impetus describes them',
  },
};

let templates: ReadonlyMap<string, string>;
let recorded: Record<string, Record<string, string | null>>;
let compile: (template: string) => RenderTemplate;

beforeAll(async () => {
  templates = await readTemplateFamilies();
  const fixture = new URL('../fixtures/template-families/prompts.json', import.meta.url);
  recorded = JSON.parse(await readFile(fixture, 'utf8')) as typeof recorded;
  const { either } = await openTemplateEngines();
  compile = (template) => {
    const renderer = either(template);
    const variables = {
      enable_thinking: true,
      date_string: '01 Jan 2026',
      datetime: 'Jan 01 2026',
      bos_token: '<s>',
      eos_token: '<|im_end|>',
    };
    return (input) => renderer.render({ ...variables, ...input });
  };
});

test('the recorded prompts are those of the templates at hand', () => {
  expect(Object.keys(recorded)).toEqual([...templates.keys()]);
});

describe.each(Object.keys(templateCases))('%s', (name) => {
  test('is rendered as llama-server renders it, but where Impetus shows more', () => {
    const different: string[] = [];
    for (const [family, template] of templates) {
      const render = compile(template);
      if (hashOf(family, name, render) !== recorded[family]?.[name]) different.push(family);
    }
    const expected = Object.entries(differences).filter(([, { cases }]) => cases.includes(name));
    expect(different.sort()).toEqual(expected.map(([family]) => family).sort());
  });
});

function hashOf(family: string, name: string, render: RenderTemplate): string {
  const { messages = [], tools } = templateCases[name] ?? {};
  const traits = probeTemplate(templates.get(family), render);
  const allowed = traits.hasSystemRole ? messages : messages.filter(({ role }) => role !== 'system');
  const turns = toTemplateTurns({ messages: allowed, ...(tools ? { tools } : {}) }, traits);
  const prompt = toComparablePrompt(render({ ...turns, add_generation_prompt: true }));
  return createHash('sha256').update(prompt).digest('hex').slice(0, 16);
}
