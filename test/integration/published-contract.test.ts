import { expect, test } from 'vitest';
import { notServed, sections } from '#scripts/compatibility/sections.ts';
import { listRoutes } from '#test/support/list-routes.ts';
import { startTestServer } from '#test/support/start-test-server.ts';

test('the published paths are those of the router, each in one dialect', async () => {
  const published = sections
    .flatMap(({ tabled, plain }) => [...tabled, ...plain].flatMap(({ routes }) => routes))
    .filter((route) => !route.startsWith('HEAD '));
  expect(published.sort()).toEqual((await listRoutes()).sort());
});

test('paths that are published as not served are 404 in JSON', async () => {
  const { url } = await startTestServer();
  for (const route of notServed.flatMap(({ routes }) => routes)) {
    const [method = '', path = ''] = route.split(' ');
    const response = await fetch(`${url}${path}`, { method, ...(method === 'POST' ? { body: '{}' } : {}) });
    const { error } = (await response.json()) as { error: { message: string } };
    expect([route, response.status, error.message.startsWith('There is no route')]).toEqual([route, 404, true]);
  }
});
