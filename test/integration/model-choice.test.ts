import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createControlClient } from '#shared/control/create-control-client.ts';
import { createHttpTransport } from '#shared/control/transports/http.ts';
import { tinyModelPath } from '#test/support/dev-cache.ts';
import { createScriptedEngine } from '#test/support/scripted-engine.ts';
import { startApp } from '#test/support/start-app.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';
import { verifies } from '#test/support/verifies.ts';

/** The real app with a scripted engine; its one model is the default. */
async function start(home?: string) {
  const engine = createScriptedEngine();
  const started = await startApp({
    engines: { main: engine, child: engine },
    model: tinyModelPath,
    ...(home === undefined ? {} : { home }),
  });
  const token = await readFile(started.paths.controlToken, 'utf8');
  const control = createControlClient(createHttpTransport({ baseUrl: started.url, fetch, token: () => token }));
  onTestFinished(async () => {
    control.close();
    await started.stop();
  });
  const ask = async (content: string, fields: object = {}) => {
    const response = await fetch(`${started.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ messages: [{ role: 'user', content }], ...fields }),
    });
    const { model, error, choices } = (await response.json()) as {
      model?: string;
      error?: { code: string };
      choices?: [{ message: { content: string } }];
    };
    const applied = response.headers.get('x-impetus-applied');
    return { status: response.status, model, code: error?.code, applied, text: choices?.[0].message.content ?? '' };
  };
  return { started, control, ask };
}

test(
  'without a name the default answers; an unknown name is refused, or answered by the default where the user allows it',
  verifies(['S2-36'], { breaks: 'src/main/library/library.ts#openLibrary' }, async () => {
    const { control, ask } = await start();
    expect(await ask('count to 1')).toMatchObject({ status: 200, model: 'tiny-random', text: '1' });
    const unknown = { model: 'no-such-model' };
    expect(await ask('count to 1', unknown)).toMatchObject({ status: 404, code: 'model_not_found' });
    await control.command('settings.update', { fallbackToDefaultModel: true });
    expect(await ask('count to 1', unknown)).toMatchObject({
      status: 200,
      text: '1',
      applied: expect.stringContaining('model=tiny-random') as string,
    });
    await control.command('settings.update', { fallbackToDefaultModel: false });
    expect(await ask('count to 1', unknown)).toMatchObject({ status: 404 });
  }),
);

test(
  'an edit of a model’s own file is applied from the next start on',
  verifies(['S3-23'], { breaks: 'src/main/library/library.ts#openLibrary' }, async () => {
    const home = await createTempFolder();
    const samplingOf = async ({ ask }: Awaited<ReturnType<typeof start>>) =>
      (JSON.parse((await ask('show task')).text) as { sampling: object }).sampling;
    const first = await start(home);
    expect(await samplingOf(first)).toMatchObject({ temperature: 0.8, topK: 40 });
    await first.started.stop();
    const folder = first.started.paths.modelSettings;
    await mkdir(folder, { recursive: true });
    await writeFile(
      path.join(folder, 'tiny-random.json'),
      '{"sampling":{"temperature":0.25,"topK":7},"aliases":["by-hand"]}',
    );
    const second = await start(home);
    expect(await samplingOf(second)).toMatchObject({ temperature: 0.25, topK: 7 });
    expect(await second.ask('count to 1', { model: 'by-hand' })).toMatchObject({ status: 200, text: '1' });
  }),
);
