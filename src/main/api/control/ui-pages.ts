import { createHash } from 'node:crypto';

/** A page without scripts and without anything to load. */
export interface PlainPage {
  status: number;
  html: string;
  /** Hash of the page's style element, for the content security policy. */
  styleHash: string;
}

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; }
main { max-width: 34rem; padding: 2rem; }
h1 { font-size: 1.375rem; margin: 0 0 0.75rem; }
p, li { margin: 0.5rem 0; }
ul { padding-left: 1.25rem; }
code { font: 0.9375em ui-monospace, monospace; background: color-mix(in srgb, currentColor 9%, transparent);
  padding: 0.1em 0.35em; border-radius: 0.3em; }
`;

const styleHash = `sha256-${createHash('sha256').update(style).digest('base64')}`;

/** Shown without a session: `used` after a code that no longer works. */
export function entrancePage(code: 'new' | 'used'): PlainPage {
  const reason =
    code === 'used'
      ? '<p>This link was used already or is older than a minute. Each link works once.</p>'
      : '<p>Impetus shows its window only to browsers that it opened itself.</p>';
  return page(401, code === 'used' ? 'This link no longer works' : 'Open this page from Impetus', [
    reason,
    '<p>To get in:</p>',
    '<ul>',
    '<li>choose <b>Open in browser</b> in the tray menu, or</li>',
    '<li>run <code>impetus ui</code> (from a clone: <code>node scripts/impetus.mjs ui</code>), or</li>',
    '<li>run <code>npm start</code>, which opens it.</li>',
    '</ul>',
  ]);
}

export function forbiddenPage(message: string): PlainPage {
  return page(403, 'Not from here', [`<p>${message}</p>`]);
}

export function notFoundPage(): PlainPage {
  return page(404, 'No such page', ['<p>This address is not part of the window.</p>']);
}

export function missingBuildPage(): PlainPage {
  return page(503, 'The window has not been built yet', [
    '<p>The server runs and answers, but the files of its window are missing.</p>',
    '<p>Run <code>npm start</code> again: it builds them. Or build them alone with',
    '<code>npm run build -- --target renderer</code> and load this page again.</p>',
  ]);
}

function page(status: number, title: string, body: string[]): PlainPage {
  const html = [
    '<!doctype html>',
    '<html lang="en">',
    `<head><meta charset="utf-8"><title>${title} · Impetus</title>`,
    `<meta name="viewport" content="width=device-width"><style>${style}</style></head>`,
    `<body><main><h1>${title}</h1>`,
    ...body,
    '</main></body>',
    '</html>',
    '',
  ].join('\n');
  return { status, html, styleHash };
}
