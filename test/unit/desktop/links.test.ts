import { describe, expect, test } from 'vitest';
import { isOwnPage, judgeLink } from '#main/desktop/links.ts';

describe('a link', () => {
  test.each([
    'ms-msdt:/id PCWDiagnostic',
    'smb://host/share',
    'file:///etc/passwd',
    'calculator:',
    'vscode://open',
    '\\\\host\\share',
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java\tscript:alert(1)',
    'data:text/html,<script>x</script>',
    'blob:https://x.example/1',
    'http://plain.example/',
    'https://user:secret@login.example/',
    ' https://space.example/',
    'https://tab.example/\t',
    'https://line.example/\n',
    'https:// broken.example/',
    '//no.scheme.example/',
    '',
    'not a link',
    `https://long.example/${'x'.repeat(3000)}`,
    'impetus-app://ui/index.html',
  ])('never leaves the app: %j', (link) => {
    expect(judgeLink(link)).toEqual({ verdict: 'refuse' });
  });

  test.each([
    ['https://unknown.example/page', 'ask', 'https://unknown.example/page'],
    ['HTTPS://UNKNOWN.example', 'ask', 'https://unknown.example/'],
    ['mailto:someone@known.example', 'ask', 'mailto:someone@known.example'],
    ['https://huggingface.co/models', 'open', 'https://huggingface.co/models'],
    ['https://huggingface.co.evil.example/', 'ask', 'https://huggingface.co.evil.example/'],
    ['https://github.com/ggml-org/llama.cpp', 'open', 'https://github.com/ggml-org/llama.cpp'],
  ])('%s is: %s', (link, verdict, url) => {
    expect(judgeLink(link)).toEqual({ verdict, url });
  });

  test('to a page of our own server opens without a question, and to no other server on this machine', () => {
    const own = 'http://127.0.0.1:11535';
    expect(judgeLink(`${own}/ui?code=abc`, own)).toEqual({ verdict: 'open', url: `${own}/ui?code=abc` });
    expect(judgeLink('http://127.0.0.1:11536/ui', own)).toEqual({ verdict: 'refuse' });
    expect(judgeLink('http://127.0.0.1:11535.evil.example/', own)).toEqual({ verdict: 'refuse' });
  });

  test.each([
    ['impetus-app://ui/index.html#/chat', true],
    ['impetus-app://ui/', true],
    ['impetus-app://evil/index.html', false],
    ['impetus-app://ui.evil/index.html', false],
    ['impetus-app://user@ui/index.html', false],
    ['impetus-app://ui:80/index.html', false],
    ['https://ui/index.html', false],
    ['file:///impetus-app://ui/', false],
    ['about:blank', false],
    ['', false],
  ])('own page %s: %s', (url, expected) => {
    expect(isOwnPage(url)).toBe(expected);
  });
});
