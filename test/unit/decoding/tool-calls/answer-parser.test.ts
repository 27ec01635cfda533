import { describe, expect, test } from 'vitest';
import { AnswerParser, detectReasoning, findPrimer, type AnswerEvent, type AnswerPiece } from '#main/decoding/index.ts';
import { allSyntaxes } from '#main/decoding/tool-calls/syntaxes/all-syntaxes.ts';
import { createRandom } from '#test/support/random.ts';
import { readAnswer, weatherTools, type ReadAnswer } from './read-answer.ts';

function syntaxOf(id: string) {
  const found = allSyntaxes.find((syntax) => syntax.id === id);
  if (!found) throw new Error(`no syntax ${id}`);
  return found;
}

const think = { begin: '<think>', end: '</think>' };
const harmonyReasoning = detectReasoning('<|channel|>analysis');

interface Case {
  family: string;
  title: string;
  answer: string;
  expected: Partial<ReadAnswer>;
}

const paris = { name: 'get_weather', arguments: '{"city": "Paris"}', status: 'complete' };

function hermesCall(json: string): string {
  return `<tool_call>\n${json}\n</tool_call>`;
}

/** Answers as models write them, and as they should not. Text, reasoning and calls are compared to the letter. */
const cases: Case[] = [
  {
    family: 'hermes',
    title: 'text before and after a call',
    answer: `I look. ${hermesCall('{"name": "get_weather", "arguments": {"city": "Paris"}}')}\n\nDone.`,
    expected: { text: 'I look.Done.', calls: [paris] },
  },
  {
    family: 'hermes',
    title: 'the arguments stand before the name',
    answer: hermesCall('{"arguments": {"city": "Paris"}, "name": "get_weather"}'),
    expected: { text: '', calls: [paris] },
  },
  {
    family: 'hermes',
    title: 'the arguments are JSON in a string',
    answer: hermesCall(String.raw`{"name": "get_weather", "arguments": "{\"city\": \"Paris\"}"}`),
    expected: { text: '', calls: [paris] },
  },
  {
    family: 'hermes',
    title: 'no arguments at all',
    answer: hermesCall('{"name": "now"}'),
    expected: { text: '', calls: [{ name: 'now', arguments: '{}', status: 'complete' }] },
  },
  {
    family: 'hermes',
    title: 'null for no arguments',
    answer: hermesCall('{"name": "now", "arguments": null}'),
    expected: { text: '', calls: [{ name: 'now', arguments: '{}', status: 'complete' }] },
  },
  {
    family: 'hermes',
    title: 'an id and a type beside the name',
    answer: hermesCall('{"id": 1, "type": "function", "name": "get_weather", "parameters": {"city": "Paris"}}'),
    expected: { text: '', calls: [paris] },
  },
  {
    family: 'hermes',
    title: 'white space everywhere',
    answer: '<tool_call>  \n\n {\n  "name" : "get_weather" ,\n "arguments" : {"city": "Paris"}\n}\n\n  </tool_call>',
    expected: { text: '', calls: [paris] },
  },
  {
    family: 'hermes',
    title: 'a list in one pair of markers',
    answer: hermesCall('[{"name": "now", "arguments": {}}, {"name": "get_weather", "arguments": {"city": "Paris"}}]'),
    expected: { text: '', calls: [{ name: 'now', arguments: '{}', status: 'complete' }, paris] },
  },
  {
    family: 'hermes',
    title: 'the end marker is missing',
    answer: '<tool_call>{"name": "get_weather", "arguments": {"city": "Paris"}}',
    expected: { text: '', calls: [paris] },
  },
  {
    family: 'hermes',
    title: 'the last brace is missing',
    answer: '<tool_call>{"name": "get_weather", "arguments": {"city": "Paris"}\n</tool_call>',
    expected: { text: '\n</tool_call>'.trim(), calls: [paris] },
  },
  {
    family: 'hermes',
    title: 'escapes stay as they were written',
    answer: hermesCall(String.raw`{"name": "get_weather", "arguments": {"city": "\u00fcn\/\n\ud83d\ude00"}}`),
    expected: {
      calls: [{ name: 'get_weather', arguments: String.raw`{"city": "\u00fcn\/\n\ud83d\ude00"}`, status: 'complete' }],
    },
  },
  {
    family: 'hermes',
    title: 'single quotes are no JSON',
    answer: `Hm. ${hermesCall("{'name': 'now', 'arguments': {}}")}`,
    expected: { text: `Hm. ${hermesCall("{'name': 'now', 'arguments': {}}")}`, calls: [] },
  },
  {
    family: 'hermes',
    title: 'a broken call and a good one behind it',
    answer: `<tool_call>oops</tool_call>${hermesCall('{"name": "now", "arguments": {}}')}`,
    expected: { text: '<tool_call>oops</tool_call>', calls: [{ name: 'now', arguments: '{}', status: 'complete' }] },
  },
  {
    family: 'hermes',
    title: 'an open marker and a good call behind it',
    answer: `Use <tool_call> so: ${hermesCall('{"name": "now", "arguments": {}}')}`,
    expected: { text: 'Use <tool_call> so:', calls: [{ name: 'now', arguments: '{}', status: 'complete' }] },
  },
  {
    family: 'hermes',
    title: 'arguments that break in the middle',
    answer: hermesCall('{"name": "get_weather", "arguments": {"city": Paris}}'),
    expected: {
      text: 'Paris}}\n</tool_call>',
      calls: [
        {
          name: 'get_weather',
          arguments: '{"city": ',
          status: 'malformed',
          source: '<tool_call>\n{"name": "get_weather", "arguments": {"city": ',
        },
      ],
    },
  },
  {
    family: 'hermes',
    title: 'arguments that are a list',
    answer: hermesCall('{"name": "now", "arguments": [1]}'),
    expected: { text: hermesCall('{"name": "now", "arguments": [1]}'), calls: [] },
  },
  {
    family: 'hermes',
    title: 'a second call of an unknown tool',
    answer: `${hermesCall('{"name": "now", "arguments": {}}')}\n${hermesCall('{"name": "rm", "arguments": {}}')}`,
    expected: {
      text: hermesCall('{"name": "rm", "arguments": {}}'),
      calls: [{ name: 'now', arguments: '{}', status: 'complete' }],
    },
  },
  {
    family: 'hermes',
    title: 'the name twice',
    answer: hermesCall('{"name": "now", "name": "get_weather", "arguments": {"city": "Paris"}}'),
    expected: { text: '', calls: [paris] },
  },
  {
    family: 'qwen3-coder',
    title: 'values are typed by the schema',
    answer:
      '<tool_call>\n<function=get_weather>\n<parameter=city>\n42\n</parameter>\n<parameter=days>\n3\n</parameter>\n' +
      '<parameter=options>\n{"exact": true}\n</parameter>\n</function>\n</tool_call>',
    expected: {
      text: '',
      calls: [
        {
          name: 'get_weather',
          arguments: '{"city": "42", "days": 3, "options": {"exact": true}}',
          status: 'complete',
        },
      ],
    },
  },
  {
    family: 'qwen3-coder',
    title: 'what is neither JSON nor Python stays text',
    answer:
      '<tool_call>\n<function=get_weather>\n<parameter=city>\nx\n</parameter>\n' +
      "<parameter=options>\n{'unit': 'it''s', 'exact': True, 'tags': []}\n</parameter>\n</function>\n</tool_call>",
    expected: {
      calls: [
        {
          name: 'get_weather',
          arguments: `{"city": "x", "options": "{'unit': 'it''s', 'exact': True, 'tags': []}"}`,
          status: 'complete',
        },
      ],
    },
  },
  {
    family: 'seed',
    title: 'a Python dictionary becomes an object',
    answer:
      '<seed:tool_call>\n<function=get_weather>\n<parameter=city>x</parameter>\n' +
      "<parameter=options>{'unit': 'C', 'exact': True, 'tags': ['a', \"b's\"]}</parameter>\n</function>\n</seed:tool_call>",
    expected: {
      calls: [
        {
          name: 'get_weather',
          arguments: '{"city": "x", "options": {"unit": "C", "exact": true, "tags": ["a", "b\'s"]}}',
          status: 'complete',
        },
      ],
    },
  },
  {
    family: 'qwen3-coder',
    title: 'an end marker inside a value',
    answer:
      '<tool_call>\n<function=get_weather>\n<parameter=city>\nwrite </parameter> here\n</parameter>\n</function>\n</tool_call>',
    expected: {
      calls: [{ name: 'get_weather', arguments: '{"city": "write </parameter> here"}', status: 'complete' }],
    },
  },
  {
    family: 'qwen3-coder',
    title: 'the function is not closed',
    answer: '<tool_call>\n<function=get_weather>\n<parameter=city>\nParis\n</parameter>\n</tool_call>\nOK',
    expected: { text: 'OK', calls: [paris] },
  },
  {
    family: 'qwen3-coder',
    title: 'a value that is no number stays text',
    answer: '<tool_call>\n<function=get_weather>\n<parameter=days>\nsoon\n</parameter>\n</function>\n</tool_call>',
    expected: { calls: [{ name: 'get_weather', arguments: '{"days": "soon"}', status: 'complete' }] },
  },
  {
    family: 'qwen3-coder',
    title: 'an argument that the schema does not know',
    answer:
      '<tool_call>\n<function=now>\n<parameter=zone>\nUTC\n</parameter>\n<parameter=n>\n7\n</parameter>\n</function>\n</tool_call>',
    expected: { calls: [{ name: 'now', arguments: '{"zone": "UTC", "n": 7}', status: 'complete' }] },
  },
  {
    family: 'glm',
    title: 'lines or none between the tags',
    answer: '<tool_call>get_weather<arg_key>city</arg_key><arg_value>Paris</arg_value></tool_call>',
    expected: { text: '', calls: [paris] },
  },
  {
    family: 'minimax-m2',
    title: 'two calls in one section',
    answer:
      '<minimax:tool_call>\n<invoke name="now">\n</invoke>\n<invoke name="get_weather">\n' +
      '<parameter name="city">Paris</parameter>\n</invoke>\n</minimax:tool_call>',
    expected: { text: '', calls: [{ name: 'now', arguments: '{}', status: 'complete' }, paris] },
  },
  {
    family: 'deepseek-v3.2',
    title: 'the marks of type decide',
    answer:
      '<｜DSML｜function_calls>\n<｜DSML｜invoke name="get_weather">\n<｜DSML｜parameter name="city" string="true">7</｜DSML｜parameter>\n' +
      '<｜DSML｜parameter name="days" string="false">7</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜function_calls>',
    expected: { text: '', calls: [{ name: 'get_weather', arguments: '{"city": "7", "days": 7}', status: 'complete' }] },
  },
  {
    family: 'llama-3',
    title: 'a bare object is a call only where the answer begins',
    answer: 'For example {"name": "now", "parameters": {}}',
    expected: { text: 'For example {"name": "now", "parameters": {}}', calls: [] },
  },
  {
    family: 'llama-3',
    title: 'a bare object that is no call',
    answer: '{"answer": 42}',
    expected: { text: '{"answer": 42}', calls: [] },
  },
  {
    family: 'llama-3',
    title: 'behind the tag for code',
    answer: '<|python_tag|>{"name": "get_weather", "parameters": {"city": "Paris"}}',
    expected: { text: '', calls: [paris] },
  },
  {
    family: 'mistral-args',
    title: 'two calls without an end',
    answer: '[TOOL_CALLS]now[ARGS]{}[TOOL_CALLS]get_weather[ARGS]{"city": "Paris"}',
    expected: { text: '', calls: [{ name: 'now', arguments: '{}', status: 'complete' }, paris] },
  },
  {
    family: 'kimi-k2',
    title: 'a name without its space of names',
    answer:
      '<|tool_calls_section_begin|><|tool_call_begin|>get_weather<|tool_call_argument_begin|>{"city": "Paris"}' +
      '<|tool_call_end|><|tool_calls_section_end|>',
    expected: { text: '', calls: [paris] },
  },
  {
    family: 'functionary-3.2',
    title: 'words for all, then a call',
    answer: '>>>all\nI look.\n>>>get_weather\n{"city": "Paris"}',
    expected: { text: 'I look.', calls: [paris] },
  },
  {
    family: 'gemma-4',
    title: 'texts that look like the notation',
    answer:
      '<|tool_call>call:get_weather{city:<|"|>}, "a": [{<|"|>,options:{tags:[<|"|>x<|"|>],exact:false}}<tool_call|>',
    expected: {
      text: '',
      calls: [
        {
          name: 'get_weather',
          arguments: String.raw`{"city":"}, \"a\": [{","options":{"tags":["x"],"exact":false}}`,
          status: 'complete',
        },
      ],
    },
  },
  {
    family: 'lfm2',
    title: 'Python strings of both kinds',
    answer: `<|tool_call_start|>[get_weather(city='it\\'s "x"', days=3), now()]<|tool_call_end|>Done`,
    expected: {
      text: 'Done',
      calls: [
        { name: 'get_weather', arguments: String.raw`{"city": "it's \"x\"", "days": 3}`, status: 'complete' },
        { name: 'now', arguments: '{}', status: 'complete' },
      ],
    },
  },
  {
    family: 'minimax-m3',
    title: 'tags become objects and lists',
    answer:
      ']<]minimax[>[<tool_call>\n]<]minimax[>[<invoke name="get_weather">]<]minimax[>[<city>7]<]minimax[>[</city>' +
      ']<]minimax[>[<options>]<]minimax[>[<tags>]<]minimax[>[<item>1]<]minimax[>[</item>]<]minimax[>[</tags>' +
      ']<]minimax[>[</options>]<]minimax[>[</invoke>\n]<]minimax[>[</tool_call>',
    expected: {
      text: '',
      calls: [{ name: 'get_weather', arguments: '{"city": "7", "options": {"tags": ["1"]}}', status: 'complete' }],
    },
  },
];

describe('AnswerParser', () => {
  test.each(cases)('$family: $title', ({ family, answer, expected }) => {
    const options = { syntax: syntaxOf(family), tools: weatherTools };
    const whole = readAnswer([answer], options);
    expect(whole).toMatchObject(expected);
    expect(whole.calls).toHaveLength(expected.calls?.length ?? 0);
    expect(readAnswer([...answer], options)).toEqual(whole);
  });

  test('passes text on at once and holds only what may begin a marker', () => {
    const parser = new AnswerParser({ syntax: syntaxOf('hermes'), tools: weatherTools });
    const texts = ['Hello', ' wor', 'ld <', 'b> <tool', '_x'].map((text) => textOf(parser.push({ text })));
    expect(texts).toEqual(['Hello', ' wor', 'ld', ' <b>', ' <tool_x']);
  });

  test('passes the arguments on while they come', () => {
    const parser = new AnswerParser({ syntax: syntaxOf('hermes'), tools: weatherTools });
    const events = [
      '<tool_call>{"name": "get_weather", "argum',
      'ents": {"ci',
      'ty": "Pa',
      'ris"}',
      '}</tool_call>',
    ].map((text) => parser.push({ text }));
    expect(events).toEqual([
      [],
      [
        { type: 'call-start', index: 0, name: 'get_weather' },
        { type: 'call-arguments', index: 0, delta: '{"ci' },
      ],
      [{ type: 'call-arguments', index: 0, delta: 'ty": "Pa' }],
      [{ type: 'call-arguments', index: 0, delta: 'ris"}' }],
      [{ type: 'call-end', index: 0, status: 'complete' }],
    ]);
  });

  test('passes the text of a tagged value on while it comes', () => {
    const parser = new AnswerParser({ syntax: syntaxOf('qwen3-coder'), tools: weatherTools });
    const pieces = [
      '<tool_call>\n<function=get_weather>\n<parameter=city>\nPa',
      'ris',
      '\nand',
      '\n</par',
      'ameter>\n</function>',
    ];
    const deltas = pieces.map((text) =>
      parser
        .push({ text })
        .map((event) => ('delta' in event ? event.delta : ''))
        .join(''),
    );
    expect(deltas).toEqual(['{"city": "Pa', 'ris', String.raw`\nand`, '', '"']);
    expect(parser.finish()).toEqual([
      { type: 'call-arguments', index: 0, delta: '}' },
      { type: 'call-end', index: 0, status: 'complete' },
    ]);
  });

  test('a control token inside an argument is text', () => {
    const pieces: (string | AnswerPiece)[] = [
      { text: '<tool_call>', isControl: true },
      '{"name": "get_weather", "arguments": {"city": "',
      { text: '<tool_call>', isControl: true },
      '"}}',
      { text: '</tool_call>', isControl: true },
    ];
    const options = { syntax: syntaxOf('hermes'), tools: weatherTools, controlTexts: ['<tool_call>', '</tool_call>'] };
    expect(readAnswer(pieces, options).calls).toEqual([
      { name: 'get_weather', arguments: '{"city": "<tool_call>"}', status: 'complete' },
    ]);
  });

  test('random text is never lost, with markers in any disorder', () => {
    const random = createRandom(3);
    const parts = [
      '<tool_call>',
      '</tool_call>',
      '{"name": "now"',
      '}',
      '"',
      ' ',
      '\n',
      'x',
      '<',
      '[',
      ']',
      ', ',
      ': ',
      '"arguments": {',
    ];
    for (let round = 0; round < 400; round++) {
      const answer = `x${Array.from({ length: 12 }, () => random.pick(parts)).join('')}x`;
      const { text, calls } = readAnswer([...answer], { syntax: syntaxOf('hermes'), tools: weatherTools });
      if (calls.length === 0) expect(text).toBe(answer);
      else expect(calls.every(({ name }) => name === 'now')).toBe(true);
    }
  });

  test('a long answer costs its length', () => {
    const parser = new AnswerParser({ syntax: syntaxOf('hermes'), tools: weatherTools });
    parser.push({ text: '<tool_call>{"name": "get_weather", "arguments": {"city": "' });
    let length = 0;
    for (let count = 0; count < 100_000; count++) length += JSON.stringify(parser.push({ text: 'word <b>' })).length;
    expect(length).toBeGreaterThan(100_000 * 8);
    expect(parser.push({ text: '"}}' }).at(-1)).toEqual({ type: 'call-end', index: 0, status: 'complete' });
  });
});

describe('reasoning in an answer', () => {
  const options = { syntax: syntaxOf('hermes'), tools: weatherTools, reasoning: think };
  const now = { name: 'now', arguments: '{}', status: 'complete' };

  test('stands apart from the text', () => {
    expect(readAnswer(['<think>\nfirst\n</think>\n\nSo.'], options)).toEqual({
      reasoning: 'first',
      text: 'So.',
      calls: [],
    });
  });

  test('calls inside it are none', () => {
    const call = hermesCall('{"name": "now", "arguments": {}}');
    expect(readAnswer([`<think>${call}</think>${call}`], options)).toEqual({ reasoning: call, text: '', calls: [now] });
  });

  test('a block that the prompt opened is read from the first word', () => {
    const primer = findPrimer('…<|im_start|>assistant\n<think>\n', options);
    expect(primer).toBe('<think>');
    expect(readAnswer(['hm</think>ok'], { ...options, primer })).toEqual({ reasoning: 'hm', text: 'ok', calls: [] });
  });

  test('a block that the prompt opened and closed is over', () => {
    expect(findPrimer('…<|im_start|>assistant\n<think>\n\n</think>\n\n', options)).toBe('');
  });

  test('a model that repeats the opening of the prompt says it once', () => {
    const opened = { ...options, primer: '<think>' };
    expect(readAnswer([...'<think>hm</think>ok'], opened)).toEqual({ reasoning: 'hm', text: 'ok', calls: [] });
    expect(readAnswer([...'<thin'], opened)).toEqual({ reasoning: '<thin', text: '', calls: [] });
  });

  test('its marker in the middle of the text is text', () => {
    const answer = 'The tag <think> opens it, </think> closes it.';
    expect(readAnswer([answer], options)).toEqual({ reasoning: '', text: answer, calls: [] });
  });

  test('its control token counts anywhere, its letters do not', () => {
    const pieces: (string | AnswerPiece)[] = [
      'a ',
      { text: '<think>', isControl: true },
      'b',
      { text: '</think>', isControl: true },
      'c',
    ];
    const controlTexts = ['<think>', '</think>'];
    expect(readAnswer(pieces, { ...options, controlTexts })).toEqual({ reasoning: 'b', text: 'ac', calls: [] });
    expect(readAnswer(['<think>b</think>c'], { ...options, controlTexts }).text).toBe('<think>b</think>c');
  });

  test('one that never ends is reasoning to the end', () => {
    expect(readAnswer(['<think>so and', ' so '], options)).toEqual({ reasoning: 'so and so ', text: '', calls: [] });
  });

  test("a call's control token ends one that was left open", () => {
    const pieces: (string | AnswerPiece)[] = ['<think>hm', { text: '<tool_call>', isControl: true }, '{"name": "now"}'];
    expect(readAnswer(pieces, { ...options, controlTexts: ['<tool_call>'] })).toEqual({
      reasoning: 'hm',
      text: '',
      calls: [now],
    });
  });

  test('harmony: analysis, commentary, call and final', () => {
    const harmony = {
      syntax: syntaxOf('harmony'),
      reasoning: harmonyReasoning,
      tools: weatherTools,
      primer: '<|start|>assistant',
    };
    const answer =
      '<|channel|>analysis<|message|>Think.<|end|><|start|>assistant<|channel|>commentary<|message|>I look.<|end|>' +
      '<|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{"city": "Paris"}<|call|>';
    expect(readAnswer([...answer], harmony)).toEqual({ reasoning: 'Think.', text: 'I look.', calls: [paris] });
    expect(readAnswer([...`<|start|>assistant${answer}`], harmony)).toEqual({
      reasoning: 'Think.',
      text: 'I look.',
      calls: [paris],
    });
    const final =
      '<|channel|>analysis<|message|>Easy.<|end|><|start|>assistant<|channel|>final<|message|>Four.<|return|>';
    expect(readAnswer([...final], harmony)).toEqual({ reasoning: 'Easy.', text: 'Four.', calls: [] });
  });
});

function textOf(events: readonly AnswerEvent[]): string {
  return events.map((event) => (event.type === 'text' ? event.text : '')).join('');
}
