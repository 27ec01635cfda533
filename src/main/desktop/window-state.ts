import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Mutex, writeFileAtomic } from '../base/index.ts';
import type { Rectangle } from './popover-bounds.ts';

const rectangleSchema = z.strictObject({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });

/** What the shell remembers about its windows. Not a setting: the file may be thrown away at any time. */
const windowStateSchema = z.strictObject({
  bounds: rectangleSchema.nullable().catch(null),
  /** The note that closing hides was shown. */
  toldAboutClosing: z.boolean().catch(false),
  /** The note that this desktop shows no tray icons was shown. */
  toldAboutMissingTray: z.boolean().catch(false),
});
type WindowState = z.infer<typeof windowStateSchema>;

const nothing: WindowState = { bounds: null, toldAboutClosing: false, toldAboutMissingTray: false };

export interface WindowStateFile {
  get(): WindowState;
  update(patch: Partial<WindowState>): Promise<void>;
}

/** Reads once; a missing or damaged file counts as empty. Read synchronously: the first window waits for it. */
export function openWindowState(file: string): WindowStateFile {
  let state = read(file);
  const writes = new Mutex();
  return {
    get: () => state,
    async update(patch) {
      state = { ...state, ...patch };
      await writes.run(() => writeFileAtomic(file, `${JSON.stringify(state, null, 2)}\n`));
    },
  };
}

function read(file: string): WindowState {
  try {
    return windowStateSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return nothing;
  }
}

export const windowSize = { width: 1120, height: 720, minWidth: 720, minHeight: 520 } as const;

/** Remembered bounds, moved wholly into the display they overlap most; undefined when no display shows them any more. */
export function visibleBounds(bounds: Rectangle | null, workAreas: readonly Rectangle[]): Rectangle | undefined {
  if (!bounds) return undefined;
  const ranked = workAreas
    .map((area) => ({ area, overlap: overlap(bounds, area) }))
    .sort((a, b) => b.overlap - a.overlap);
  const best = ranked[0];
  if (!best || best.overlap === 0) return undefined;
  const { area } = best;
  const width = Math.min(Math.max(bounds.width, windowSize.minWidth), area.width);
  const height = Math.min(Math.max(bounds.height, windowSize.minHeight), area.height);
  return {
    x: clamp(bounds.x, area.x, area.x + area.width - width),
    y: clamp(bounds.y, area.y, area.y + area.height - height),
    width,
    height,
  };
}

function overlap(a: Rectangle, b: Rectangle): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
