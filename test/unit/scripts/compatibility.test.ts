import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compatibilityFile, renderCompatibility } from '#scripts/compatibility/document.ts';
import { sections } from '#scripts/compatibility/sections.ts';
import { fieldTable } from '#main/api/field-table.ts';

test('the document is what the field table says', async () => {
  expect(readFileSync(compatibilityFile, 'utf8')).toBe(await renderCompatibility());
});

test('every endpoint of the table is published', () => {
  const published = new Set<string>(sections.flatMap(({ tabled }) => tabled.map(({ endpoint }) => endpoint)));
  expect(Object.keys(fieldTable).filter((endpoint) => !published.has(endpoint))).toEqual([]);
});

test('fields stand with their fate, the values that change it, and the reason', async () => {
  const lines = (await renderCompatibility()).split('\n').map((line) => line.replace(/ +/g, ' '));
  expect(lines).toContain('| `seed` | honoured | `task.sampling.seed` |');
  expect(lines).toContain(
    '| `id_slot` | ignored, unless `-1` | Prompts are reused by their longest common prefix, whatever key is sent. |',
  );
  expect(lines).toContain('| `use_beam_search` | refused, unless `false` | Every choice is drawn by itself. |');
  expect(lines).toContain(
    '| `cache_control` | ignored in silence | Every prompt is kept and reused by its longest common prefix. |',
  );
});

test('an endpoint that is like another tells only what differs', async () => {
  const [, fim = ''] = (await renderCompatibility()).split('### Fill in the middle (Mistral)');
  const [own = ''] = fim.split('\n## ');
  expect(own).toContain('Fields as at `POST /v1/chat/completions`, but for these:');
  expect(own).toContain('`random_seed`');
  expect(own).not.toContain('`top_k`');
  expect(own).toMatch(/Not known here, and so ignored: .*`messages`/);
});
