import { describe, expect, test } from 'vitest';
import { generationEventSchema, type GenerationEvent } from '#shared/domain/generation.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { encodeEndLine, encodeEventLine, readEventLines } from '#main/engines/hosts/event-lines.ts';
import { WholeLines } from '#main/engines/hosts/whole-lines.ts';

type Said = [stream: number, what: unknown];

function read(lines: string): Said[] {
  const said: Said[] = [];
  readEventLines(lines, {
    onEvent: (stream, event) => said.push([stream, event]),
    onEnd: (stream, end) => said.push([stream, end]),
  });
  return said;
}

const delta = (text: string, tokens = [12]): GenerationEvent => ({ type: 'text-delta', text, tokens });

describe('lines of events', () => {
  test('text goes without names', () => {
    expect(encodeEventLine(7, delta(' word', [12, 345]))).toBe('7 12,345 " word"\n');
  });

  test.each<[string, GenerationEvent]>([
    ['a word', delta(' word')],
    ['nothing', delta('')],
    ['no tokens', delta('held back', [])],
    ['several tokens', delta('x', [1, 22, 333])],
    ['quotes', delta('say "yes" and \\"no\\"')],
    ['a lone quote', delta('"')],
    ['a lone backslash', delta('\\')],
    ['line feeds and controls', delta('a\nb\r\u2028\u0000\u001b')],
    ['beyond ASCII', delta('世界 👋 é')],
    ['half a surrogate pair', delta('\ud83d')],
    [
      'probabilities',
      { ...delta('a'), probabilities: [{ token: 1, bytes: [97], logprob: -0.5, top: [] }] } as GenerationEvent,
    ],
    ['thinking', { type: 'reasoning-delta', text: 'hm\n', tokens: [5] }],
    ['a start', { type: 'start', model: 'm', promptTokens: 3, contextSize: 64, seed: 1 }],
  ])('%s comes back as it went', (_name, event) => {
    const line = encodeEventLine(3, event);
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(read(line)).toEqual([[3, event]]);
  });

  test('ends come back as they went', () => {
    const error = new AppError('engine-stalled', 'No "step"\n.').toWire();
    expect(read(encodeEndLine(1, 'done') + encodeEndLine(2, error))).toEqual([
      [1, 'done'],
      [2, error],
    ]);
  });

  test('many lines are read in order', () => {
    expect(read('1 5 "a"\n2 6 "b"\n1 done\n')).toEqual([
      [1, delta('a', [5])],
      [2, delta('b', [6])],
      [1, 'done'],
    ]);
  });

  test.each([
    'nonsense\n',
    '1 many\n',
    ' 5 "a"\n',
    'x 5 "a"\n',
    '1 5 "a\n',
    '1 5 a"\n',
    '1 5 "a"b"\n',
    '1 5\n',
    '1 5 \n',
    '1 5 "\n',
    '1 5 7\n',
    '1 1.5 "a"\n',
    '1 5,,6 "a"\n',
    '1 5, "a"\n',
    '1 {"type":"text-delta"}\n',
    '1 {"type":"frames"}\n',
    '1 {\n',
    '1 failed\n',
    '1 failed {}\n',
    '1 5 "a"',
    '\n',
  ])('refuses %j', (line) => {
    expect(() => read(line)).toThrow();
  });

  test('takes no text that the schema would refuse', () => {
    const parts = ['', '1', '-1', '1,2', '1.5', 'x', '"', '"a"', '"\\n"', '"\\x"', 'done', '{}'];
    const lines = parts.flatMap((a) => parts.flatMap((b) => parts.map((c) => `${a} ${b} ${c}\n`)));
    const taken = lines.flatMap((line) => {
      try {
        return read(line);
      } catch {
        return [];
      }
    });
    expect(taken.length).toBeGreaterThan(0);
    for (const [, event] of taken) expect(generationEventSchema.safeParse(event).success).toBe(true);
  });
});

describe('bytes cut into lines', () => {
  test('however they are cut, the lines are the same', () => {
    const bytes = Buffer.from('1 5 "世界"\n2 6 "👋"\n\n1 done\n');
    for (let size = 1; size <= bytes.length; size++) {
      const lines = new WholeLines();
      let text = '';
      for (let at = 0; at < bytes.length; at += size) {
        const taken = lines.take(bytes.subarray(at, at + size));
        expect(taken === '' || taken.endsWith('\n')).toBe(true);
        text += taken;
      }
      expect(text).toBe(bytes.toString());
    }
  });

  test('a line without an end is refused', () => {
    const lines = new WholeLines();
    const megabyte = Buffer.alloc(2 ** 20, 'x');
    expect(() => {
      for (let count = 0; count < 100; count++) lines.take(megabyte);
    }).toThrow('without an end');
  });
});
