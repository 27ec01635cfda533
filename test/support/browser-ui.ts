import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { watchProblems } from './renderer-page.ts';
import type { StartedApp } from './start-app.ts';

export interface BrowserUi {
  browser: Browser;
  page: Page;
  /** Policy violations, page errors and console errors so far; a good run has none. */
  problems: string[];
}

/** A browser in front of a started app, let in. The caller closes the browser. */
export async function openBrowserUi(app: StartedApp, options: BrowserContextOptions = {}): Promise<BrowserUi> {
  const browser = await launchBrowser();
  const context = await browser.newContext({
    viewport: { width: 1120, height: 720 },
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  });
  const page = await context.newPage();
  const problems = watchProblems(page);
  await page.goto(app.mintUiUrl());
  return { browser, page, problems };
}
