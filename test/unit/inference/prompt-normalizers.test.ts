import { describe, expect, test } from 'vitest';
import type { ChatMessage } from '#shared/domain/chat.ts';
import type { PromptNormalizer } from '#shared/domain/prompt-normalizer.ts';
import { chooseNormalizers, normalizePrompt } from '#main/inference/prompt-normalizers/normalize-prompt.ts';
import { proposeNormalizers } from '#main/inference/prompt-normalizers/propose-normalizers.ts';
import { writeAlike } from '#main/inference/prompt-normalizers/write-alike.ts';

const chat = (...messages: ChatMessage[]) => ({ type: 'chat' as const, messages });
const system = (content: string): ChatMessage => ({ role: 'system', content });
const user = (content: string): ChatMessage => ({ role: 'user', content });

describe('the billing line', () => {
  const line = 'x-anthropic-billing-header: cc_version=2.1.4.a1b; cc_entrypoint=cli; cch=0f3a1;';

  test('is taken out of the system text, and said', () => {
    expect(normalizePrompt(chat(system(`${line}\n\nYou are Claude Code.`), user('Hi')), [])).toEqual({
      prompt: chat(system('You are Claude Code.'), user('Hi')),
      applied: ['system.x-anthropic-billing-header=removed'],
    });
  });

  test('two sessions give the same prompt', () => {
    const prompts = ['0f3a1', '9bc22'].map(
      (nonce) => normalizePrompt(chat(system(`x-anthropic-billing-header: cch=${nonce};\nBe brief.`)), []).prompt,
    );
    expect(prompts[0]).toEqual(prompts[1]);
  });

  test('in the words of a user, in the middle of a text or in a plain prompt it stays', () => {
    for (const prompt of [
      chat(user(`${line}\nWhat is this?`)),
      chat(system(`Look:\n${line}\n`)),
      { type: 'text' as const, text: `${line}\nx` },
    ]) {
      expect(normalizePrompt(prompt, [])).toEqual({ prompt, applied: [] });
    }
  });
});

test.each<[PromptNormalizer, string, string]>([
  ['times', 'It is 10:41:07.123 now', 'It is [time] now'],
  ['times', 'at 9:05 PM, 2026-11-21T10:41:22Z', 'at [time], 2026-11-21T[time]Z'],
  ['times', 'ratio 1:2:3 port host:11535', 'ratio 1:2:3 port host:11535'],
  ['dates', "Today's date: 2026-11-21.", "Today's date: [date]."],
  ['dates', 'Sat Nov 21 2026, 21. November 2026 and Nov 1st, 2026', '[date], [date] and [date]'],
  ['dates', '11/21/2026 or 21.11.2026, version 1.2.3', '[date] or [date], version 1.2.3'],
  ['uuids', 'session 2f1c8a3e-5b7d-4c1a-9e2f-0a1b2c3d4e5f', 'session [id]'],
  ['hex-ids', 'commit 0a1b2c3d4e5f6a7b, deadbeef, 123456789012', 'commit [id], deadbeef, 123456789012'],
  ['long-numbers', 'at 1763721662123 of 4096', 'at [number] of 4096'],
])('%s: %j is written as %j', (normalizer, text, expected) => {
  expect(writeAlike(text, normalizer)).toBe(expected);
});

test('a hostile text costs no more than its length', () => {
  for (const piece of ['1:', '12:34:', 'a1', 'Monday ', '2026-', '9', '0a1b2c3d-']) {
    const started = performance.now();
    for (const normalizer of ['times', 'dates', 'uuids', 'hex-ids', 'long-numbers'] as const) {
      writeAlike(piece.repeat(200_000), normalizer);
    }
    expect(performance.now() - started, piece).toBeLessThan(3000);
  }
});

describe('normalisers', () => {
  test('change system messages only, each is named, and none is on by itself', () => {
    const prompt = chat(system('Now: 10:41, 2026-11-21'), user('Is 10:41 right?'), system('At 10:42'));
    expect(normalizePrompt(prompt, [])).toEqual({ prompt, applied: [] });
    expect(normalizePrompt(prompt, ['dates', 'times'])).toEqual({
      prompt: chat(system('Now: [time], [date]'), user('Is 10:41 right?'), system('At [time]')),
      applied: ['system.dates=alike', 'system.times=alike'],
    });
  });

  test('are those of the client, for the model or for all', () => {
    const rules = [
      { client: 'Cline', model: null, normalizer: 'times' as const },
      { client: 'Cline', model: 'a', normalizer: 'uuids' as const },
      { client: '', model: null, normalizer: 'dates' as const },
    ];
    expect(chooseNormalizers(rules, { client: 'Cline', model: 'a' })).toEqual(['uuids', 'times']);
    expect(chooseNormalizers(rules, { client: 'Cline', model: 'b' })).toEqual(['times']);
    expect(chooseNormalizers(rules, { client: '', model: 'b' })).toEqual(['dates']);
    expect(chooseNormalizers(rules, { client: 'Zed', model: 'a' })).toEqual([]);
  });
});

describe('what is proposed for a changed value', () => {
  const around = { left: 'It is ', right: '. Be brief.' };

  test('is the one normaliser that writes both alike, also where the change is half of the value', () => {
    expect(proposeNormalizers({ ...around, before: '10:41', now: '10:42' })).toEqual(['times']);
    expect(proposeNormalizers({ left: 'It is 10:4', before: '1', now: '2', right: ' o’clock.' })).toEqual(['times']);
    expect(proposeNormalizers({ left: 'on 2026-11-', before: '20', now: '21', right: '. Be' })).toEqual(['dates']);
  });

  test('is two where it takes two', () => {
    const value = { before: '2026-11-20 23:59', now: '2026-11-21 00:01' };
    expect(proposeNormalizers({ ...around, ...value })).toEqual(['dates', 'times']);
  });

  test('is nothing for another text', () => {
    expect(proposeNormalizers({ ...around, before: 'sunny', now: 'raining' })).toEqual([]);
  });
});
