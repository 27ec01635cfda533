import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const file = path.resolve(import.meta.dirname, '../../../src/renderer/app/tokens.css');
const css = readFileSync(file, 'utf8')
  .replaceAll('"', "'")
  .replaceAll(/\/\*[\s\S]*?\*\//g, '');

/** The custom properties of the rules with this selector, in the part of the file given. */
function readTokens(source: string, selector: string): Record<string, string> {
  const tokens: Record<string, string> = {};
  for (const [, selectors = '', body = ''] of source.matchAll(/([^{}]+)\{([^{}]*)\}/g)) {
    if (!selectors.split(',').some((part) => part.trim() === selector)) continue;
    for (const [, name = '', value = ''] of body.matchAll(/--([\w-]+):\s*([^;]+);/g)) tokens[name] = value.trim();
  }
  return tokens;
}

const moreContrast = /@media \(prefers-contrast: more\) \{([\s\S]*?\n\})/.exec(css)?.[1] ?? '';
const plain = css.slice(0, css.indexOf('@media'));
const light = readTokens(plain, ":root[data-theme='light']");
const dark = readTokens(plain, ":root[data-theme='dark']");
const themes = {
  light,
  dark,
  'light, more contrast': { ...light, ...readTokens(moreContrast, ":root[data-theme='light']") },
  'dark, more contrast': { ...dark, ...readTokens(moreContrast, ":root[data-theme='dark']") },
};

/** Relative luminance of `#rrggbb` as WCAG 2.2 defines it. */
function toLuminance(colour: string): number {
  const channels = [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16) / 255);
  const [red = 0, green = 0, blue = 0] = channels.map((value) =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function toContrast(first: string, second: string): number {
  const [darker = 0, lighter = 0] = [toLuminance(first), toLuminance(second)].toSorted((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

const textPairs = [
  ['text-1', 'bg-content'],
  ['text-1', 'bg-raised'],
  ['text-1', 'bg-selected'],
  ['text-2', 'bg-content'],
  ['text-2', 'bg-selected'],
  ['text-2', 'bg-press'],
  ['text-3', 'bg-content'],
  ['text-3', 'bg-window'],
  ['text-3', 'bg-sunken'],
  ['text-3', 'bg-hover'],
  ['text-3', 'bg-hover-raised'],
  ['accent', 'bg-content'],
  ['accent', 'bg-window'],
  ['accent', 'bg-raised'],
  ['accent', 'bg-selected'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-hover'],
  ['on-accent', 'accent-press'],
  ['accent-soft-text', 'accent-soft'],
  ['warn', 'bg-content'],
  ['warn', 'warn-soft'],
  ['text-2', 'warn-soft'],
  ['danger', 'bg-content'],
  ['danger', 'bg-raised'],
  ['danger', 'danger-soft'],
  ['text-2', 'danger-soft'],
  ['on-danger', 'danger-fill'],
  ['code-comment', 'bg-sunken'],
] as const;

const shapePairs = [
  ['accent', 'bg-track'],
  ['line-strong', 'bg-content'],
  ['line-strong', 'bg-window'],
] as const;

describe.each(Object.entries(themes))('colours of the %s theme', (_, tokens) => {
  test.each(textPairs)('%s on %s reads as text', (front, back) => {
    expect(toContrast(tokens[front] ?? '', tokens[back] ?? '')).toBeGreaterThanOrEqual(4.5);
  });

  test.each(shapePairs)('%s on %s is seen as a shape', (front, back) => {
    expect(toContrast(tokens[front] ?? '', tokens[back] ?? '')).toBeGreaterThanOrEqual(3);
  });
});

test('the formula gives the figures of the design', () => {
  expect(toContrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
  expect(toContrast(light['text-1'] ?? '', light['bg-content'] ?? '')).toBeCloseTo(17.7, 1);
  expect(toContrast(dark['accent'] ?? '', dark['bg-content'] ?? '')).toBeCloseTo(8, 1);
});
