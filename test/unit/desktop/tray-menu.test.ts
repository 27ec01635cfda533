import { describe, expect, test } from 'vitest';
import { trayMenu, type TrayMenuInput, type TrayMenuItem } from '#main/desktop/tray-menu.ts';
import { busyServer, loaded, makeModel, readyServer } from './states.ts';

const running: TrayMenuInput = { server: readyServer, models: [], isAttached: false };

/** `*` is a row that can be clicked, `>` a submenu, `-` a greyed row, `√` a checked one. */
function draw(items: readonly TrayMenuItem[], depth = 0): string[] {
  return items.flatMap((item) => {
    const indent = '  '.repeat(depth);
    if (item.kind === 'separator') return [`${indent}---`];
    const mark = item.enabled ? (item.kind === 'submenu' ? '>' : '*') : '-';
    const check = item.kind === 'action' && item.isChecked ? '√' : '';
    return [`${indent}${mark}${check} ${item.label}`, ...(item.kind === 'submenu' ? draw(item.items, depth + 1) : [])];
  });
}

function row(input: TrayMenuInput, label: string): Extract<TrayMenuItem, { kind: 'action' }> {
  const all = (items: readonly TrayMenuItem[]): TrayMenuItem[] =>
    items.flatMap((item) => [item, ...(item.kind === 'submenu' ? all(item.items) : [])]);
  const found = all(trayMenu(input)).find((item) => item.kind === 'action' && item.label.startsWith(label));
  if (found?.kind !== 'action') throw new Error(`No row "${label}".`);
  return found;
}

describe('the tray menu', () => {
  test('of a running server with models', () => {
    const models = [
      makeModel('Qwen3-8B', loaded(7_700_000_000), true),
      makeModel('Gemma-3-12B', { state: 'unloaded' }),
      makeModel('Mistral', { state: 'loading', progress: 0.424 }),
      makeModel('Broken', { state: 'failed', code: 'model-load-failed', message: 'x' }),
    ];
    expect(draw(trayMenu({ ...running, models }))).toEqual([
      '* Ready · http://127.0.0.1:11535',
      '* Pause serving, frees the memory',
      '---',
      '> In memory: Qwen3-8B · 7.7 GB',
      '  * Unload',
      '  * Copy model id',
      '> Switch model',
      '  *√ Qwen3-8B · Q4_K_M · in memory',
      '  * Gemma-3-12B · Q4_K_M',
      '  - Mistral · Q4_K_M · loading 42 %',
      '  * Broken · Q4_K_M · did not load',
      '  ---',
      '  * All models…',
      '* Unload all, frees 7.7 GB',
      '---',
      '* Open Impetus',
      '* Chat…',
      '* Copy base URL',
      '> Troubleshoot',
      '  * Copy curl example',
      '  * Open in browser',
      '  * Open logs folder',
      '---',
      '* Quit Impetus',
    ]);
  });

  test('keeps its rows and their order in every state', () => {
    const inputs: TrayMenuInput[] = [
      running,
      { ...running, server: 'connecting' },
      { ...running, server: 'lost' },
      { ...running, server: { ...readyServer, phase: 'paused' } },
      { ...running, server: { ...readyServer, phase: 'problem', problem: 'x' } },
      { ...running, models: [makeModel('a', loaded(1)), makeModel('b', loaded(1))] },
    ];
    const kinds = inputs.map((input) => trayMenu(input).map(({ kind }) => kind));
    expect(new Set(kinds.map((list) => list.join()))).toHaveLength(1);
    expect(kinds[0]).toHaveLength(13);
  });

  test('greys what cannot act while the server does not answer', () => {
    const rows = draw(trayMenu({ ...running, server: 'lost' }));
    expect(rows.filter((label) => !label.startsWith('-'))).toEqual([
      '* Open Impetus',
      '* Chat…',
      '> Troubleshoot',
      '  - Copy curl example',
      '  - Open in browser',
      '  * Open logs folder',
      '* Quit Impetus',
    ]);
    expect(rows[0]).toBe('- Impetus is not answering');
    expect(rows).toContain('- Switch model (server not answering)');
  });

  test('offers to resume, and says why no model can be switched, while serving is paused', () => {
    const paused: TrayMenuInput = {
      ...running,
      server: { ...readyServer, phase: 'paused' },
      models: [makeModel('a', { state: 'unloaded' })],
    };
    expect(row(paused, 'Resume serving')).toMatchObject({ enabled: true, action: { do: 'resume' } });
    expect(draw(trayMenu(paused))).toContain('- Switch model (paused)');
  });

  test('says that there are no models yet', () => {
    expect(draw(trayMenu(running))).toContain('- Switch model (no models yet)');
  });

  test('gathers several loaded models in one row with what they take together', () => {
    const models = [makeModel('a', loaded(1_500_000_000)), makeModel('b', loaded(600_000_000))];
    expect(draw(trayMenu({ ...running, models }))).toEqual(
      expect.arrayContaining([
        '> In memory: 2 models · 2.1 GB',
        '  > a · 1.5 GB',
        '  > b · 600 MB',
        '* Unload all, frees 2.1 GB',
      ]),
    );
  });

  test('lists at most twelve models and leaves the rest to the window', () => {
    const models = Array.from({ length: 30 }, (_value, index) => makeModel(`model-${index}`, { state: 'unloaded' }));
    const drawn = draw(trayMenu({ ...running, models }));
    expect(drawn.filter((label) => label.includes('model-'))).toHaveLength(12);
    expect(drawn).toContain('  * All 30 models…');
  });

  test('does not offer a model whose file crashed its engine', () => {
    const quarantined = { ...makeModel('hostile', { state: 'unloaded' }), trust: 'quarantined' as const };
    expect(row({ ...running, models: [quarantined] }, 'hostile').enabled).toBe(false);
  });

  test('says how many requests quitting would end', () => {
    expect(row({ ...running, server: busyServer }, 'Quit').label).toBe('Quit Impetus… (2 requests running)');
    expect(row({ ...running, server: { ...busyServer, activeRequests: 1 } }, 'Quit').label).toBe(
      'Quit Impetus… (1 request running)',
    );
  });

  test('can be closed without stopping a server that was there before', () => {
    const labels = draw(trayMenu({ ...running, isAttached: true })).slice(-2);
    expect(labels).toEqual(['* Close this menu, keep serving', '* Quit Impetus']);
  });

  test('acts through data', () => {
    const models = [makeModel('a', loaded(1)), makeModel('b', { state: 'unloaded' })];
    const input = { ...running, models };
    expect(row(input, 'Ready').action).toEqual({ do: 'copy', text: 'http://127.0.0.1:11535' });
    expect(row(input, 'Pause').action).toEqual({ do: 'pause' });
    expect(row(input, 'b · ').action).toEqual({ do: 'switch', model: 'b' });
    expect(row(input, 'Unload all').action).toEqual({ do: 'unload', models: ['a'] });
    expect(row(input, 'Copy base URL').action).toEqual({ do: 'copy', text: 'http://127.0.0.1:11535/v1' });
    expect(row(input, 'Copy curl example').action).toEqual({
      do: 'copy',
      text: `curl http://127.0.0.1:11535/v1/chat/completions -H 'Content-Type: application/json' -d '{"messages":[{"role":"user","content":"Hello"}]}'`,
    });
  });
});
