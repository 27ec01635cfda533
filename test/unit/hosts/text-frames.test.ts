import { describe, expect, test } from 'vitest';
import { hostReplySchema } from '#main/engines/hosts/host-protocol.ts';
import { isTextFrames } from '#main/engines/hosts/text-frames.ts';

const delta = { type: 'text-delta', text: ' word', tokens: [12, 345] };
const frame = { id: 1, events: [delta] };

describe('the short cut for frames of text', () => {
  test('takes what comes with every token', () => {
    expect(isTextFrames({ type: 'frames', frames: [frame] })).toBe(true);
    expect(isTextFrames({ type: 'frames', frames: [frame, { id: 7, events: [delta, delta] }] })).toBe(true);
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'frames'],
    ['another message', { type: 'pong' }],
    ['frames that are no list', { type: 'frames', frames: 'many' }],
    ['a frame that is null', { type: 'frames', frames: [null] }],
    ['a stream id of 0', { type: 'frames', frames: [{ ...frame, id: 0 }] }],
    ['a stream id that is text', { type: 'frames', frames: [{ ...frame, id: '1' }] }],
    ['a frame without events', { type: 'frames', frames: [{ id: 1 }] }],
    ['the end of a stream', { type: 'frames', frames: [{ ...frame, end: 'done' }] }],
    ['another event', { type: 'frames', frames: [{ id: 1, events: [{ ...delta, type: 'finish' }] }] }],
    ['a text that is a number', { type: 'frames', frames: [{ id: 1, events: [{ ...delta, text: 5 }] }] }],
    ['tokens that are no numbers', { type: 'frames', frames: [{ id: 1, events: [{ ...delta, tokens: ['5'] }] }] }],
    ['a token with a fraction', { type: 'frames', frames: [{ id: 1, events: [{ ...delta, tokens: [1.5] }] }] }],
  ])('leaves %s to the schema', (_name, message) => {
    expect(isTextFrames(message)).toBe(false);
  });

  test('takes nothing that the schema would refuse', () => {
    const parts = [undefined, null, 0, 1, 1.5, 'x', [], {}, delta, frame];
    const tried = parts.flatMap((a) =>
      parts.flatMap((b) => [
        { type: 'frames', frames: [{ id: a, events: [b] }] },
        { type: 'frames', frames: [{ id: 1, events: [{ type: 'text-delta', text: a, tokens: [b] }] }] },
        { type: 'frames', frames: [a, b] },
      ]),
    );
    const taken = tried.filter(isTextFrames);
    expect(taken.length).toBeGreaterThan(0);
    for (const message of taken) expect(hostReplySchema.safeParse(message).success).toBe(true);
  });
});
