import { expect, test } from 'vitest';
import { ownArguments } from '#main/desktop/own-arguments.ts';
import { findTraySupport, toTraySupport } from '#main/desktop/tray-support.ts';

test.each<[string, string[], boolean, string[], boolean]>([
  [
    'from npm start',
    ['/electron', '/repository', '--port', '4000', '--no-open'],
    false,
    ['--port', '4000', '--no-open'],
    false,
  ],
  ['packaged', ['/impetus', '--home', '/data'], true, ['--home', '/data'], false],
  ['from the login item', ['/impetus', '--hidden'], true, [], true],
  ['with nothing', ['/impetus'], true, [], false],
  [
    'among switches of Chromium',
    ['/electron', '--inspect=0', '--remote-debugging-port=0', '--enable-logging', '--model', 'none'],
    false,
    ['--model', 'none'],
    false,
  ],
])('the flags of a start %s', (_name, argv, isPackaged, flags, isHidden) => {
  expect(ownArguments(argv, { isPackaged })).toEqual({ flags, isHidden });
});

test('a desktop shows tray icons when somebody on its session bus draws them', async () => {
  expect(await findTraySupport('darwin')).toBe('shown');
  expect(await findTraySupport('win32')).toBe('shown');
  expect(await findTraySupport('linux', async () => '(true,)\n')).toBe('shown');
  expect(await findTraySupport('linux', async () => '(false,)\n')).toBe('absent');
  expect(await findTraySupport('linux', async () => undefined)).toBe('unknown');
  expect(toTraySupport('something else')).toBe('unknown');
});
