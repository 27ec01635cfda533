import { describe, expect, test } from 'vitest';
import { popoverBounds, type Rectangle } from '#main/desktop/popover-bounds.ts';

const rectangle = (x: number, y: number, width: number, height: number): Rectangle => ({ x, y, width, height });
const fullHd = rectangle(0, 0, 1920, 1080);

describe('the popover opens beside the tray icon', () => {
  test.each<[string, { tray: Rectangle; bounds: Rectangle; workArea: Rectangle; height?: number }, Rectangle]>([
    [
      'below the menu bar of macOS, centred on the icon',
      { tray: rectangle(1500, 0, 24, 24), bounds: fullHd, workArea: rectangle(0, 24, 1920, 1056) },
      rectangle(1332, 28, 360, 420),
    ],
    [
      'below a menu bar with a notch, which is higher',
      { tray: rectangle(900, 0, 30, 37), bounds: rectangle(0, 0, 1512, 982), workArea: rectangle(0, 37, 1512, 945) },
      rectangle(735, 41, 360, 420),
    ],
    [
      'above the taskbar of Windows, kept inside the right edge',
      { tray: rectangle(1880, 1040, 24, 40), bounds: fullHd, workArea: rectangle(0, 0, 1920, 1040) },
      rectangle(1560, 616, 360, 420),
    ],
    [
      'beside a taskbar at the left',
      { tray: rectangle(0, 1000, 48, 24), bounds: fullHd, workArea: rectangle(48, 0, 1872, 1080) },
      rectangle(52, 660, 360, 420),
    ],
    [
      'beside a taskbar at the right',
      { tray: rectangle(1872, 100, 48, 24), bounds: fullHd, workArea: rectangle(0, 0, 1872, 1080) },
      rectangle(1508, 0, 360, 420),
    ],
    [
      'on a display left of the main one, at negative coordinates',
      {
        tray: rectangle(-200, 1400, 24, 40),
        bounds: rectangle(-2560, 0, 2560, 1440),
        workArea: rectangle(-2560, 0, 2560, 1400),
      },
      rectangle(-368, 976, 360, 420),
    ],
    [
      'at whole pixels where the scale makes halves',
      { tray: rectangle(1000.5, 0, 25, 24.5), bounds: fullHd, workArea: rectangle(0, 24.5, 1920, 1055.5) },
      rectangle(833, 29, 360, 420),
    ],
    [
      'at the nearest side when the taskbar hides itself',
      { tray: rectangle(1700, 1056, 24, 24), bounds: fullHd, workArea: fullHd },
      rectangle(1532, 656, 360, 420),
    ],
    [
      'at the side that holds the icon when the dock takes another one',
      { tray: rectangle(1500, 0, 24, 24), bounds: fullHd, workArea: rectangle(80, 24, 1840, 1056) },
      rectangle(1332, 28, 360, 420),
    ],
    [
      'no higher than 640',
      { tray: rectangle(1500, 0, 24, 24), bounds: fullHd, workArea: rectangle(0, 24, 1920, 1056), height: 5000 },
      rectangle(1332, 28, 360, 640),
    ],
    [
      'no higher than a small work area leaves',
      {
        tray: rectangle(500, 0, 24, 24),
        bounds: rectangle(0, 0, 800, 480),
        workArea: rectangle(0, 24, 800, 456),
        height: 600,
      },
      rectangle(332, 28, 360, 432),
    ],
  ])('%s', (_name, { tray, bounds, workArea, height = 420 }, expected) => {
    expect(popoverBounds({ tray, display: { bounds, workArea }, contentHeight: height })).toEqual(expected);
  });

  test('nowhere when the desktop does not say where the icon is', () => {
    const display = { bounds: fullHd, workArea: fullHd };
    expect(popoverBounds({ tray: rectangle(0, 0, 0, 0), display, contentHeight: 420 })).toBeUndefined();
  });
});
