import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { launchBrowser } from './browser.ts';
import type { FakeControl } from './fake-control.ts';
import { openRendererPage, serveRenderer, type RendererServer } from './renderer-page.ts';

export interface RendererSuite {
  /**
   * Opens a page of the built interface; after the test it is closed and must have had no problem, but for those the
   * test provokes (`provoked`).
   */
  open(route: string, control: FakeControl, context?: BrowserContextOptions, provoked?: RegExp): Promise<Page>;
}

/** One browser and one server for the tests of a file. Call it at the top of the file. */
export function useRenderer(): RendererSuite {
  let browser: Browser;
  let server: RendererServer;

  beforeAll(async () => {
    server = await serveRenderer();
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  return {
    async open(route, control, context = {}, provoked) {
      const { page, problems } = await openRendererPage({ browser, url: server.url, control, route, context });
      onTestFinished(async () => {
        await page.context().close();
        expect(problems.filter((problem) => !provoked?.test(problem))).toEqual([]);
      });
      return page;
    },
  };
}
