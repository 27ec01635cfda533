import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openWindowState, visibleBounds } from '#main/desktop/window-state.ts';
import { shouldReload } from '#main/desktop/reload-policy.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

const nothing = { bounds: null, toldAboutClosing: false, toldAboutMissingTray: false };

describe('what the shell remembers of its windows', () => {
  test.each(['', '{', '[]', 'null', '7'])('is nothing when the file holds %j', async (content) => {
    const file = path.join(await createTempFolder(), 'window-state.json');
    await writeFile(file, content);
    expect(openWindowState(file).get()).toEqual(nothing);
  });

  test('keeps what fits of a damaged file', async () => {
    const file = path.join(await createTempFolder(), 'window-state.json');
    await writeFile(file, JSON.stringify({ bounds: { x: 'left' }, toldAboutClosing: true, toldAboutMissingTray: 3 }));
    expect(openWindowState(file).get()).toEqual({ ...nothing, toldAboutClosing: true });
  });

  test('comes back at the next start, the newest of several changes at once', async () => {
    const file = path.join(await createTempFolder(), 'window-state.json');
    const state = openWindowState(file);
    const bounds = { x: 1, y: 2, width: 900, height: 600 };
    await Promise.all([
      state.update({ bounds }),
      state.update({ toldAboutClosing: true }),
      state.update({ toldAboutMissingTray: true }),
    ]);
    const expected = { bounds, toldAboutClosing: true, toldAboutMissingTray: true };
    expect(openWindowState(file).get()).toEqual(expected);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(expected);
  });
});

describe('the window opens where it was', () => {
  const main = { x: 0, y: 24, width: 1920, height: 1056 };
  const left = { x: -1280, y: 0, width: 1280, height: 1024 };

  test.each([
    [
      'unchanged on its display',
      { x: 100, y: 100, width: 1120, height: 720 },
      { x: 100, y: 100, width: 1120, height: 720 },
    ],
    [
      'moved in from an edge',
      { x: 1500, y: 900, width: 1120, height: 720 },
      { x: 800, y: 360, width: 1120, height: 720 },
    ],
    [
      'on the display it overlaps most',
      { x: -900, y: 50, width: 1000, height: 700 },
      { x: -1000, y: 50, width: 1000, height: 700 },
    ],
    ['no larger than its display', { x: 0, y: 0, width: 5000, height: 4000 }, main],
    [
      'no smaller than its content needs',
      { x: 10, y: 30, width: 100, height: 100 },
      { x: 10, y: 30, width: 720, height: 520 },
    ],
  ])('%s', (_name, remembered, expected) => {
    expect(visibleBounds(remembered, [main, left])).toEqual(expected);
  });

  test('anywhere when no display shows that place any more, or nothing is remembered', () => {
    expect(visibleBounds({ x: 9000, y: 0, width: 900, height: 600 }, [main])).toBeUndefined();
    expect(visibleBounds(null, [main])).toBeUndefined();
    expect(visibleBounds({ x: 0, y: 0, width: 900, height: 600 }, [])).toBeUndefined();
  });
});

test('a page that dies is loaded again three times within a minute, and not a fourth time', () => {
  expect(shouldReload([], 0)).toBe(true);
  expect(shouldReload([0, 1000], 2000)).toBe(true);
  expect(shouldReload([0, 1000, 2000], 3000)).toBe(false);
  expect(shouldReload([0, 1000, 2000], 60_000)).toBe(true);
});
