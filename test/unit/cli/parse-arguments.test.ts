import { describe, expect, test } from 'vitest';
import { AppError } from '#shared/errors/app-error.ts';
import type { Flags } from '#main/cli/flags.ts';
import { findNearestWord } from '#main/cli/nearest-word.ts';
import { parseArguments } from '#main/cli/parse-arguments.ts';
import { parseServeOptions } from '#main/cli/index.ts';

const flags: Flags = {
  port: { value: 'N', environment: 'TEST_PORT', help: '' },
  json: { help: '' },
  stop: { value: 'TEXT', isRepeatable: true, help: '' },
};

function parse(argv: string[], environment: Record<string, string> = {}) {
  return parseArguments(
    { argv, environment },
    { flags, positionals: { min: 0, max: 2 }, usage: 'impetus test [A] [B]' },
  );
}

function faultOf(work: () => unknown): { message: string; hint: string | undefined } {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return { message: error.message, hint: error.hint };
  }
  throw new Error('It did not fail.');
}

describe('arguments', () => {
  test('come in both spellings, in any order, and after -- as they are', () => {
    const given = parse(['--port=1', 'a', '--json', '--', '--port']);
    expect([given.text('port'), given.isSet('json'), given.positionals]).toEqual(['1', true, ['a', '--port']]);
    expect(parse(['--port', '2', '--port', '3']).text('port')).toBe('3');
    expect(parse(['--stop', 'a', '--stop', 'b']).texts('stop')).toEqual(['a', 'b']);
  });

  test('take the environment only where the flag is absent and the variable is not empty', () => {
    expect(parse([], { TEST_PORT: '7' }).text('port')).toBe('7');
    expect(parse(['--port', '8'], { TEST_PORT: '7' }).text('port')).toBe('8');
    expect(parse([], { TEST_PORT: '' }).text('port')).toBeUndefined();
  });

  test('name an unknown flag and the nearest known one', () => {
    expect(faultOf(() => parse(['--prot', '1']))).toEqual({
      message: 'There is no flag --prot.',
      hint: 'Did you mean --port?',
    });
    expect(faultOf(() => parse(['--completely-else'])).hint).toBe('See `impetus --help`.');
    expect(faultOf(() => parse(['-x'])).message).toBe('There is no flag -x.');
    expect(faultOf(() => parse(['--constructor'])).message).toBe('There is no flag --constructor.');
  });

  test('name a value that is missing or not wanted', () => {
    expect(faultOf(() => parse(['--port'])).message).toBe('--port needs a value: --port N.');
    expect(faultOf(() => parse(['--port='])).message).toBe('--port needs a value: --port N.');
    expect(faultOf(() => parse(['--json=yes'])).message).toBe('--json takes no value.');
  });

  test('name what is too much or too little', () => {
    expect(faultOf(() => parse(['a', 'b', 'c'])).message).toBe('"c" is one argument too many: impetus test [A] [B]');
    const rules = { flags, positionals: { min: 1, max: 1 }, usage: 'impetus test A' };
    expect(faultOf(() => parseArguments({ argv: [], environment: {} }, rules)).message).toBe(
      'Something is missing: impetus test A',
    );
  });

  test('read numbers strictly and name where a wrong one came from', () => {
    const range = { min: 1, max: 65_535, isInteger: true };
    for (const text of ['0', '65536', '1.5', 'x', '1x', ' 1', '0x10', '1e99', 'NaN', '-1']) {
      expect(() => parse([`--port=${text}`]).number('port', range), text).toThrow(AppError);
    }
    expect(parse(['--port', '65535']).number('port', range)).toBe(65_535);
    expect(parse([]).number('port', range)).toBeUndefined();
    expect(faultOf(() => parse(['--port', 'x']).number('port', range)).message).toBe(
      '--port is "x", but must be a whole number from 1 to 65535.',
    );
    expect(faultOf(() => parse([], { TEST_PORT: 'x' }).number('port', range)).message).toBe(
      'TEST_PORT is "x", but must be a whole number from 1 to 65535.',
    );
    expect(parse(['--port', '.25']).number('port', { min: 0, max: 1, isInteger: false })).toBe(0.25);
  });
});

describe('the flags of serve', () => {
  const nothing = {
    home: undefined,
    port: undefined,
    host: undefined,
    model: undefined,
    threads: undefined,
    slots: undefined,
    contextSize: undefined,
    modelsFolder: undefined,
    takesCompatiblePorts: true,
    opensWindow: true,
    logLevel: undefined,
    json: false,
  };

  test('leave everything to the settings when absent', () => {
    expect(parseServeOptions({ argv: [], environment: {} })).toEqual(nothing);
  });

  test('are the ones of the documentation, letter by letter', () => {
    const argv =
      '--headless --port 8080 --host 0.0.0.0 --home /h --model none --threads 4 --slots 2 --ctx 4096 ' +
      '--models-dir /m --no-compat-ports --no-open --json --log-level debug';
    expect(parseServeOptions({ argv: argv.split(' '), environment: {} })).toEqual({
      home: '/h',
      port: 8080,
      host: '0.0.0.0',
      model: 'none',
      threads: 4,
      slots: 2,
      contextSize: 4096,
      modelsFolder: '/m',
      takesCompatiblePorts: false,
      opensWindow: false,
      logLevel: 'debug',
      json: true,
    });
  });

  test('have their twins in the environment', () => {
    const environment = { IMPETUS_PORT: '8081', IMPETUS_HOME: '/e', IMPETUS_THREADS: '3' };
    expect(parseServeOptions({ argv: [], environment })).toEqual({ ...nothing, port: 8081, home: '/e', threads: 3 });
  });

  test('name the variable or the flag that does not fit', () => {
    const fault = (argv: string[], environment: Record<string, string> = {}) =>
      faultOf(() => parseServeOptions({ argv, environment })).message;
    expect(fault([], { IMPETUS_PORT: 'abc' })).toBe(
      'IMPETUS_PORT is "abc", but must be a whole number from 1 to 65535.',
    );
    expect(fault([], { IMPETUS_THREADS: '0' })).toBe(
      'IMPETUS_THREADS is "0", but must be a whole number from 1 to 512.',
    );
    expect(fault(['--ctx', '8'])).toBe('--ctx is "8", but must be a whole number from 16 to 100000000.');
    expect(fault(['--log-level', 'loud'])).toBe(
      '--log-level is "loud", but must be one of trace, debug, info, warn, error, silent.',
    );
    expect(fault(['extra'])).toBe('"extra" is one argument too many: npm start -- [FLAGS]');
  });
});

test('the nearest word is one slip away, or none', () => {
  const words = ['serve', 'run', 'ls', 'ps', 'stop', 'import', 'ui'];
  expect(findNearestWord('server', words)).toBe('serve');
  expect(findNearestWord('rnu', words)).toBe('run');
  expect(findNearestWord('improt', words)).toBe('import');
  expect(findNearestWord('sotp', words)).toBe('stop');
  expect(findNearestWord('quantum', words)).toBeUndefined();
  expect(findNearestWord('', words)).toBeUndefined();
});
