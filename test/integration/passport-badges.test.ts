import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createControlClient } from '#shared/control/create-control-client.ts';
import { createMemoryTransport } from '#shared/control/transports/memory.ts';
import type { GenerationTask } from '#main/engine-port/index.ts';
import { encodeGguf, text } from '#test/support/gguf-bytes.ts';
import { changeMetadata } from '#test/support/hostile-gguf.ts';
import { createScriptedEngine } from '#test/support/scripted-engine.ts';
import { startApp } from '#test/support/start-app.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';
import { verifies } from '#test/support/verifies.ts';

const plainTemplate = '{% for message in messages %}{{ message.content }}{% endfor %}';
const toolTemplate = `{% for tool in tools %}{{ tool }}{% endfor %}${plainTemplate}`;

/** Each model by what its file declares and what it does when offered tools. */
const models = [
  { id: 'works', template: toolTemplate, callsByItself: true, declared: true, verified: true },
  { id: 'broken', template: toolTemplate, callsByItself: false, declared: true, verified: false },
  { id: 'missing', template: plainTemplate, callsByItself: true, declared: false, verified: true },
  { id: 'silent', template: plainTemplate, callsByItself: false, declared: false, verified: false },
];

/** A call where one must be made, or where the model makes one by itself. */
function commandFor(task: GenerationTask, modelId: string): string | undefined {
  if (task.prompt.type !== 'chat' || !task.prompt.tools || task.prompt.messages.at(-1)?.role === 'tool')
    return undefined;
  const { type = 'auto' } = task.toolChoice ?? {};
  const callsByItself = models.find(({ id }) => id === modelId)?.callsByItself === true;
  if (type === 'none' || (type === 'auto' && !callsByItself)) return 'say I would not know.';
  return type === 'named' ? 'call set_alarm {"hour":6,"minute":30}' : 'call get_weather {"city":"Paris"}';
}

async function startWithModels() {
  const folder = path.join(await createTempFolder(), 'models');
  await mkdir(folder);
  for (const { id, template } of models) {
    const raw = changeMetadata({ 'general.name': text(id), 'tokenizer.chat_template': text(template) });
    await writeFile(path.join(folder, `${id}.gguf`), encodeGguf(raw));
  }
  const engine = createScriptedEngine({ placement: 'child', commandFor });
  const started = await startApp({ engines: { child: engine }, contextSize: 2048, slots: 2, model: 'none' });
  onTestFinished(() => started.stop());
  const client = createControlClient(createMemoryTransport(started.app.control));
  for (const { id } of models) await client.command('models.import', { path: path.join(folder, `${id}.gguf`) });
  return { ...started, client };
}

interface Listed {
  id: string;
  capabilities: string[];
  impetus: { capabilities: Record<string, { available: boolean; evidence: string }> };
}

/** Whether each list offers the model with tools: OpenAI's, Ollama's, LM Studio's; and how that is known. */
async function readBadges(
  url: string,
  id: string,
): Promise<[openai: boolean, ollama: boolean, lmStudio: boolean, evidence: string | undefined]> {
  const get = async <Body>(place: string, init?: RequestInit) =>
    (await (await fetch(url + place, init)).json()) as Body;
  const { data } = await get<{ data: Listed[] }>('/v1/models');
  const listed = data.find((model) => model.id === id);
  const show = await get<{ capabilities: string[] }>('/api/show', {
    method: 'POST',
    body: JSON.stringify({ model: id }),
  });
  const lmStudio = await get<{ data: Listed[] }>('/api/v0/models');
  return [
    listed?.capabilities.includes('tools') ?? false,
    show.capabilities.includes('tools'),
    lmStudio.data.find((model) => model.id === id)?.capabilities.includes('tool_use') ?? false,
    listed?.impetus.capabilities['tools']?.evidence,
  ];
}

test(
  'models with working, broken and missing tool templates get the badges they earn, the same in every list',
  verifies(['U-03'], { breaks: 'src/main/passport/passport-office.ts#createPassportOffice' }, async () => {
    const { url, client } = await startWithModels();
    let lastEvent = '';
    for (const { id, declared, verified } of models) {
      expect(await readBadges(url, id)).toEqual([declared, declared, declared, 'declared']);
      const events = client.channel('passports.test', { model: id }, new AbortController().signal);
      for await (const event of events) lastEvent = event.type;
      expect(lastEvent).toBe('finish');
      expect(await readBadges(url, id)).toEqual([verified, verified, verified, 'verified']);
    }
  }),
);
