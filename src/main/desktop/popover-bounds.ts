/** A rectangle in device-independent pixels; display coordinates may be negative. */
export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface PopoverPlace {
  /** Where the tray icon is. */
  tray: Rectangle;
  /** The display that holds the icon. */
  display: { bounds: Rectangle; workArea: Rectangle };
  /** What the content wants, in pixels. */
  contentHeight: number;
}

export const popoverWidth = 360;
const tallest = 640;
const gap = 4;
const edge = 12;

/**
 * Where the popover opens: on the taskbar's side of the work area, centred on the icon, wholly inside the work area,
 * at whole pixels. Undefined when the desktop does not say where the icon is (Linux): then the window opens instead.
 */
export function popoverBounds({ tray, display, contentHeight }: PopoverPlace): Rectangle | undefined {
  if (tray.width === 0 || tray.height === 0) return undefined;
  const { workArea } = display;
  const width = Math.min(popoverWidth, workArea.width);
  const height = Math.round(Math.max(1, Math.min(contentHeight, tallest, workArea.height - 2 * edge)));
  const centreX = tray.x + tray.width / 2 - width / 2;
  const centreY = tray.y + tray.height / 2 - height / 2;
  const right = workArea.x + workArea.width - width;
  const bottom = workArea.y + workArea.height - height;
  const corner = {
    top: { x: centreX, y: workArea.y + gap },
    bottom: { x: centreX, y: bottom - gap },
    left: { x: workArea.x + gap, y: centreY },
    right: { x: right - gap, y: centreY },
  }[taskbarSide(tray, display)];
  return {
    x: Math.round(Math.min(Math.max(corner.x, workArea.x), right)),
    y: Math.round(Math.min(Math.max(corner.y, workArea.y), bottom)),
    width,
    height,
  };
}

type Side = 'top' | 'bottom' | 'left' | 'right';

/** The side where the work area ends before the display does; with a hidden taskbar, the side nearest to the icon. */
function taskbarSide(tray: Rectangle, { bounds, workArea }: PopoverPlace['display']): Side {
  const insets: [Side, number][] = [
    ['top', workArea.y - bounds.y],
    ['bottom', bounds.y + bounds.height - workArea.y - workArea.height],
    ['left', workArea.x - bounds.x],
    ['right', bounds.x + bounds.width - workArea.x - workArea.width],
  ];
  const centre = { x: tray.x + tray.width / 2, y: tray.y + tray.height / 2 };
  const distances: Record<Side, number> = {
    top: centre.y - bounds.y,
    bottom: bounds.y + bounds.height - centre.y,
    left: centre.x - bounds.x,
    right: bounds.x + bounds.width - centre.x,
  };
  const holdsIcon = insets.filter(([side, inset]) => inset > 0 && distances[side] <= inset);
  const candidates = holdsIcon.length > 0 ? holdsIcon : insets;
  return candidates.reduce((nearest, next) => (distances[next[0]] < distances[nearest[0]] ? next : nearest))[0];
}
