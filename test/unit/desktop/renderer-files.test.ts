import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { serveRendererFile } from '#main/desktop/renderer-files.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

async function makeRenderer(): Promise<string> {
  const folder = path.join(await createTempFolder(), 'renderer');
  await mkdir(path.join(folder, 'assets'), { recursive: true });
  await writeFile(path.join(folder, 'index.html'), '<p>page</p>');
  await writeFile(path.join(folder, 'assets', 'page.js'), 'page()');
  await writeFile(path.join(folder, 'assets', 'page.js.map'), '{}');
  await writeFile(path.join(folder, '..', 'secret.json'), '{"secret":true}');
  await symlink(path.join(folder, '..', 'secret.json'), path.join(folder, 'link.json'));
  return folder;
}

describe('our own scheme', () => {
  test('serves the page and its files with their types and the policy', async () => {
    const folder = await makeRenderer();
    const page = await serveRendererFile(folder, 'impetus-app://ui/index.html');
    expect([page.status, await page.text()]).toEqual([200, '<p>page</p>']);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; /);
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    const root = await serveRendererFile(folder, 'impetus-app://ui/');
    expect(await root.text()).toBe('<p>page</p>');
    const script = await serveRendererFile(folder, 'impetus-app://ui/assets/page.js?v=1#x');
    expect([script.headers.get('content-type'), await script.text()]).toEqual([
      'text/javascript; charset=utf-8',
      'page()',
    ]);
  });

  test.each([
    'impetus-app://ui/../secret.json',
    'impetus-app://ui/%2e%2e/secret.json',
    'impetus-app://ui/..%2fsecret.json',
    'impetus-app://ui/..%5csecret.json',
    'impetus-app://ui/%252e%252e/secret.json',
    'impetus-app://ui/link.json',
    'impetus-app://ui/index.html%00.png',
    'impetus-app://ui/%E0%A4%A',
    'impetus-app://ui/assets',
    'impetus-app://ui/assets/page.js.map',
    'impetus-app://ui/missing.js',
    'impetus-app://other/index.html',
    'file:///etc/passwd',
    'not a url',
  ])('answers 404, and nothing of what lies outside, to %s', async (url) => {
    const answer = await serveRendererFile(await makeRenderer(), url);
    expect([answer.status, await answer.text()]).toEqual([404, 'Not found']);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  });
});
