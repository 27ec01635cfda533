import { expect, onTestFinished, test, vi } from 'vitest';
import type { ControlClient } from '#shared/control/client.ts';
import { createControlClient } from '#shared/control/create-control-client.ts';
import { createMemoryTransport } from '#shared/control/transports/memory.ts';
import { createControlHandlers, createControlRouter } from '#main/api/control/index.ts';
import { FakeControlApp } from '#test/support/fake-control-app.ts';
import { makePassport } from '#test/support/make-passport.ts';
import { createRecordedLogger } from '#test/support/recorded-logger.ts';

function openClient(app: FakeControlApp): ControlClient {
  const { logger } = createRecordedLogger();
  const router = createControlRouter({ handlers: createControlHandlers(app), logger, signalIntervalMs: 1 });
  const client = createControlClient(createMemoryTransport(router));
  onTestFinished(() => client.close());
  return client;
}

const never = () => new AbortController().signal;

test('a model is shown with its settings and its passport, current or not', async () => {
  const app = new FakeControlApp();
  const client = openClient(app);
  expect(await client.command('models.show', { model: 'beta' })).toMatchObject({
    model: { id: 'beta' },
    settings: { load: {}, sampling: {}, aliases: [] },
    passport: null,
    isPassportCurrent: false,
  });
  app.passportById.set('alpha', makePassport());
  app.passportById.set('beta', makePassport({ engine: 'old-engine' }));
  expect(await client.command('models.show', { model: 'alpha' })).toMatchObject({
    model: { passport: { isCurrent: true } },
    passport: makePassport(),
    isPassportCurrent: true,
  });
  expect(await client.command('models.show', { model: 'beta' })).toMatchObject({ isPassportCurrent: false });
  await expect(client.command('models.show', { model: 'gamma' })).rejects.toMatchObject({ code: 'model-not-found' });
});

test('a test tells its events in order and ends with the passport', async () => {
  const app = new FakeControlApp();
  app.passportById.set('alpha', makePassport());
  app.testEvents = [
    { type: 'start', model: 'alpha', checks: ['answer'] },
    { type: 'check-start', id: 'answer' },
  ];
  const events = [];
  for await (const event of openClient(app).channel('passports.test', { model: 'alpha' }, never())) events.push(event);
  expect(events).toEqual([...app.testEvents, { type: 'finish', passport: makePassport() }]);
});

test('a test that fails ends with its error, after the events before it', async () => {
  const app = new FakeControlApp();
  const reading = (async () => {
    for await (const event of openClient(app).channel('passports.test', { model: 'gamma' }, never())) void event;
  })();
  await expect(reading).rejects.toMatchObject({ code: 'model-not-found' });
});

test('who leaves ends the test', async () => {
  const app = new FakeControlApp();
  app.testEvents = [{ type: 'check-start', id: 'answer' }];
  for await (const event of openClient(app).channel('passports.test', { model: 'alpha' }, never())) {
    expect([event.type, app.runningTests]).toEqual(['check-start', 1]);
    break;
  }
  await vi.waitFor(() => expect(app.runningTests).toBe(0));
});

test('the list of models is told anew when something was measured', async () => {
  const app = new FakeControlApp();
  const told: boolean[] = [];
  openClient(app).signal('models.changed', (models) => told.push(models[0]?.passport !== undefined));
  await vi.waitFor(() => expect(told).toEqual([false]));
  app.passportById.set('alpha', makePassport());
  app.passportsChanged.emit();
  await vi.waitFor(() => expect(told).toEqual([false, true]));
});
