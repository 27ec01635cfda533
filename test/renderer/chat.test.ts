import { describe, expect, test } from 'vitest';
import { AppError } from '#shared/errors/app-error.ts';
import { answerWith, makeModel } from '#test/support/fake-control.ts';
import { useRenderer } from '#test/support/use-renderer.ts';
import { verifies } from '#test/support/verifies.ts';
import { makeQuietHouse, smol } from './house.ts';

const renderer = useRenderer();

/** A stream whose pieces the test hands out one by one. */
function makePipe(): { pieces: AsyncIterable<string>; push: (text: string) => void; end: () => void } {
  const { readable, writable } = new TransformStream<string, string>();
  const writer = writable.getWriter();
  return {
    pieces: readable,
    push: (text) => void writer.write(text),
    end: () => void writer.close(),
  };
}

describe('asking a model', () => {
  test(
    'there is a list of messages and a place to write',
    verifies(['S2-22'], { breaks: 'src/renderer/features/chat/thread.tsx#Thread' }, async () => {
      const page = await renderer.open('chat', makeQuietHouse());
      await page.getByLabel('Message').fill('Hello');
      await page.keyboard.press('Enter');
      const conversation = page.getByRole('region', { name: 'Conversation' });
      await conversation.getByRole('article', { name: 'You' }).getByText('Hello').waitFor();
      await conversation.locator('.markdown').getByText('You asked: Hello').waitFor();
    }),
  );

  test(
    'the button sends, Ctrl Enter sends, Shift Enter makes a line',
    verifies(['S2-24'], { breaks: 'src/renderer/features/chat/composer.tsx#Composer' }, async () => {
      const control = makeQuietHouse();
      const page = await renderer.open('chat', control);
      await page.getByLabel('Message').fill('One');
      await page.getByRole('button', { name: 'Send' }).click();
      await page.locator('.markdown').getByText('You asked: One').waitFor();
      await page.getByLabel('Message').fill('Two');
      await page.keyboard.press('Control+Enter');
      await page.locator('.markdown').getByText('You asked: Two').waitFor();
      await page.getByLabel('Message').pressSequentially('Three');
      await page.keyboard.press('Shift+Enter');
      await page.getByLabel('Message').pressSequentially('lines');
      expect(await page.getByLabel('Message').inputValue()).toBe('Three\nlines');
      expect(control.chatRequests).toHaveLength(2);
    }),
  );

  test(
    'text appears as it is written, not at the end',
    verifies(['S2-28'], { breaks: 'src/renderer/features/chat/chat-session.ts#ChatSession' }, async () => {
      const control = makeQuietHouse();
      const pipe = makePipe();
      control.answer = () => answerWith(pipe.pieces);
      const page = await renderer.open('chat', control);
      await page.getByLabel('Message').fill('Count');
      await page.keyboard.press('Enter');
      pipe.push('One ');
      await page.locator('.answer .markdown').getByText('One', { exact: true }).waitFor();
      expect(await page.locator('.answer').getAttribute('data-state')).toBe('writing');
      pipe.push('two');
      await page.locator('.answer .markdown').getByText('One two', { exact: true }).waitFor();
      pipe.end();
      await page.getByText('2 tokens · 0.3 s to first token · 96 of 120 prompt tokens reused').waitFor();
    }),
  );

  test('Stop and Escape end the work behind the answer and keep what was written', async () => {
    const control = makeQuietHouse();
    const page = await renderer.open('chat', control);
    for (const [index, stop] of [
      () => page.getByRole('button', { name: 'Stop' }).click(),
      () => page.keyboard.press('Escape'),
    ].entries()) {
      const pipe = makePipe();
      control.answer = () => answerWith(pipe.pieces);
      await page.getByLabel('Message').fill(`Go on ${index}`);
      await page.keyboard.press('Enter');
      pipe.push(`written ${index}`);
      await page.locator('.markdown').getByText(`written ${index}`).waitFor();
      await stop();
      await page.locator('.answer').nth(index).getByText('stopped').waitFor();
      await expect.poll(() => control.chatSignals[index]?.aborted).toBe(true);
      expect(await page.locator('.markdown').getByText(`written ${index}`).count()).toBe(1);
    }
  });

  test(
    'the view follows the answer only while it stands at the end',
    verifies(['S2-23'], { breaks: 'src/renderer/features/chat/thread.tsx#Thread' }, async () => {
      const control = makeQuietHouse();
      const pipe = makePipe();
      control.answer = () => answerWith(pipe.pieces);
      const page = await renderer.open('chat', control);
      await page.getByLabel('Message').fill('A long one');
      await page.keyboard.press('Enter');
      const scroller = page.getByRole('region', { name: 'Conversation' });
      const toEnd = (): Promise<number> =>
        scroller.evaluate((element) => Math.round(element.scrollHeight - element.scrollTop - element.clientHeight));
      pipe.push(Array.from({ length: 80 }, (_, line) => `line ${line}\n\n`).join(''));
      await page.locator('.markdown').getByText('line 79').waitFor();
      await expect.poll(toEnd).toBeLessThan(24);
      await scroller.evaluate((element) => (element.scrollTop = 100));
      await page.getByRole('button', { name: 'Newest' }).waitFor();
      pipe.push('the last line');
      await page.locator('.markdown').getByText('the last line').waitFor({ state: 'attached' });
      expect(await scroller.evaluate((element) => element.scrollTop)).toBe(100);
      await page.getByRole('button', { name: 'Newest' }).click();
      await expect.poll(toEnd).toBeLessThan(24);
      pipe.end();
    }),
  );

  test('a failure is explained with its next step, and the answer can be made anew', async () => {
    const control = makeQuietHouse();
    control.answer = async function* () {
      yield* [];
      throw new AppError('memory-insufficient', 'Qwen3-8B did not load: 1.1 GB short.', { hint: 'Unload a model.' });
    };
    const page = await renderer.open('chat', control);
    await page.getByLabel('Message').fill('Hi');
    await page.keyboard.press('Enter');
    const alert = page.getByRole('alert');
    await alert.getByText('Qwen3-8B did not load: 1.1 GB short.').waitFor();
    await alert.getByText('Unload a model.').waitFor();
    await alert.getByText('memory-insufficient').waitFor();
    control.answer = () => answerWith(['Better now.']);
    await alert.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.markdown').getByText('Better now.').waitFor();
    expect(control.chatRequests[1]).toEqual(control.chatRequests[0]);
  });

  test('the conversation, the system prompt and the parameters go with each question', async () => {
    const control = makeQuietHouse();
    const page = await renderer.open('chat', control);
    await page.getByRole('button', { name: 'Parameters' }).click();
    await page.getByLabel('System prompt').fill('Be brief.');
    await page.getByLabel('Temperature').fill('0');
    await page.getByLabel('Most tokens').fill('64');
    await page.getByLabel('Message').fill('One');
    await page.keyboard.press('Enter');
    await page.locator('.markdown').getByText('You asked: One').waitFor();
    await page.getByText('to first token').waitFor();
    await page.getByLabel('Message').fill('Two');
    await page.keyboard.press('Enter');
    await page.locator('.markdown').getByText('You asked: Two').waitFor();
    expect(control.chatRequests[1]).toEqual({
      prompt: {
        type: 'chat',
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'One' },
          { role: 'assistant', content: 'You asked: One' },
          { role: 'user', content: 'Two' },
        ],
      },
      sampling: { temperature: 0 },
      maxTokens: 64,
      stops: [],
    });
    await page.getByRole('button', { name: 'Reset Temperature' }).click();
    expect(await page.getByLabel('Temperature').inputValue()).toBe('');
  });

  test('an answer goes on while another page is shown, and the conversation is still there', async () => {
    const control = makeQuietHouse();
    const pipe = makePipe();
    control.answer = () => answerWith(pipe.pieces);
    const page = await renderer.open('chat', control);
    await page.getByLabel('Message').fill('Hi');
    await page.keyboard.press('Enter');
    pipe.push('before ');
    await page.locator('.markdown').getByText('before').waitFor();
    await page.getByRole('link', { name: 'Home' }).click();
    await page.getByRole('heading', { name: 'Home' }).waitFor();
    pipe.push('after');
    await page.getByRole('link', { name: 'Chat' }).click();
    await page.locator('.markdown').getByText('before after').waitFor();
    await page.getByRole('button', { name: 'New chat' }).click();
    await page.getByText('Ask SmolLM2-135M-Instruct').waitFor();
    await expect.poll(() => control.chatSignals[0]?.aborted).toBe(true);
  });

  test(
    'the context in use is counted by the engine and shown against the model’s limit',
    verifies(['S2-63'], { breaks: 'src/renderer/ui/meters.tsx#ContextBar' }, async () => {
      const control = makeQuietHouse();
      const page = await renderer.open('chat', control);
      for (const [promptTokens, text, level] of [
        [1000, '1,001 of 8,192 tokens', 'context-calm'],
        [5000, '5,001 of 8,192 tokens', 'context-near'],
        [6200, '6,201 of 8,192 tokens', 'context-full'],
      ] as const) {
        control.answer = async function* () {
          yield { type: 'start', model: smol, promptTokens, contextSize: 8192, seed: 1 };
          yield { type: 'text-delta', text: 'x', tokens: [1] };
          yield {
            type: 'finish',
            reason: 'stop',
            rawReason: 'eog',
            usage: { promptTokens, cachedTokens: 0, completionTokens: 1 },
            timings: { queueMs: 0, prefillMs: 1, decodeMs: 1 },
          };
        };
        await page.getByLabel('Message').fill(text);
        await page.keyboard.press('Enter');
        const meter = page.getByRole('meter', { name: 'Context used' });
        await expect.poll(() => meter.getAttribute('aria-valuetext')).toContain(text);
        expect(await meter.getAttribute('class')).toContain(level);
      }
    }),
  );
});

describe('choosing a model', () => {
  test(
    'a model chosen in the library answers the next question, and the list shows its state',
    verifies(['S3-71', 'S2-40'], { breaks: 'src/renderer/features/library/model-actions.ts#openChat' }, async () => {
      const control = makeQuietHouse();
      const qwen = makeModel({ name: 'Qwen3-0.6B', quantization: 'Q8_0' });
      control.models = [...control.models, qwen];
      const page = await renderer.open('library', control);
      const row = page.getByRole('row', { name: /Qwen3-0.6B/ });
      await row.getByText('On disk').waitFor({ state: 'attached' });
      await row.click();
      const details = page.getByRole('complementary', { name: 'Details of Qwen3-0.6B' });
      await details.getByRole('button', { name: 'Load' }).click();
      await row.getByText('In memory').waitFor({ state: 'attached' });
      await details.getByRole('button', { name: 'Chat' }).click();
      await page.getByLabel('Message').fill('Hi');
      await page.keyboard.press('Enter');
      await page.locator('.markdown').getByText('You asked: Hi').waitFor();
      await page.getByLabel('Message').fill('Hi again');
      await page.keyboard.press('Enter');
      await page.locator('.markdown').getByText('You asked: Hi again').waitFor();
      expect(control.chatRequests.map(({ model }) => model)).toEqual([qwen.id, qwen.id]);
    }),
  );

  test('without a choice the request names none, so the default answers', async () => {
    const control = makeQuietHouse();
    const page = await renderer.open('chat', control);
    await page.getByRole('button', { name: 'List three uses of a local language model.' }).click();
    await page.locator('.markdown').getByText('You asked: List three uses').waitFor();
    expect(control.chatRequests[0]).not.toHaveProperty('model');
  });
});

test('an older browser without AbortSignal.any streams and stops an answer all the same', async () => {
  const control = makeQuietHouse();
  const pipe = makePipe();
  control.answer = () => answerWith(pipe.pieces);
  const page = await renderer.open('home', control);
  await page.addInitScript({ content: 'delete AbortSignal.any;' });
  await page.reload();
  expect(await page.evaluate(`String(AbortSignal.any).includes('native code')`)).toBe(false);
  await page.getByRole('link', { name: 'Chat' }).click();
  await page.getByLabel('Message').fill('Hi');
  await page.keyboard.press('Enter');
  pipe.push('written');
  await page.locator('.markdown').getByText('written').waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.locator('.answer').getByText('stopped').waitFor();
  await expect.poll(() => control.chatSignals[0]?.aborted).toBe(true);
});
