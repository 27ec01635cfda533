import { describe, expect, test } from 'vitest';
import { FakeCli } from '#test/support/fake-cli.ts';
import { FakeControlApp } from '#test/support/fake-control-app.ts';
import { makeModelRecord } from '#test/support/model-record.ts';
import { makePassport } from '#test/support/make-passport.ts';

function appWithPassport(passport = makePassport()): FakeControlApp {
  const app = new FakeControlApp();
  app.passportById.set('alpha', passport);
  return app;
}

describe('impetus show', () => {
  test('tells file, abilities and settings of a model, and that nothing was measured', async () => {
    const { stdout, exitCode } = await new FakeCli().run('show', 'alpha');
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      'alpha\n' +
        '  Name             Test Model\n' +
        '  File             /models/alpha.gguf\n' +
        '  Size             100 MB\n' +
        '  sha256           not read yet\n' +
        '  State            unloaded\n' +
        '  Trust            proven\n' +
        '  Architecture     llama\n' +
        '  Parameters       135,000,000\n' +
        '  Quantization     Q4_1\n' +
        '  Trained context  8,192\n' +
        '  Vocabulary       49,152\n' +
        '  Can do           completion, chat, json-schema\n' +
        '\n' +
        'Not measured yet. `impetus show MODEL --test` measures it now.\n',
    );
  });

  test('tells what was measured, in words, and by which build', async () => {
    const { stdout } = await new FakeCli({ app: appWithPassport() }).run('show', 'alpha');
    expect(stdout).toContain(
      '  Can do           completion (tested), chat (tested), tools (tested), json-schema (tested)\n',
    );
    expect(stdout).toContain(
      'Measured 2026-11-18T12:00:00.000Z with test-engine, in a process of its own, context 8192, 2 threads,\n' +
        'on linux x64, 2 cores, 16 GB.\n' +
        '  template        passed          It renders all roles.\n',
    );
    expect(stdout).toContain('  tools-parallel  failed          It makes its calls one at a time.\n');
    expect(stdout).toContain('  reasoning       does not apply  It knows no thinking.\n');
  });

  test('a passport of another build and one without an end say so', async () => {
    const app = appWithPassport(makePassport({ engine: 'old-engine', end: 'time' }));
    const { stdout } = await new FakeCli({ app }).run('show', 'alpha');
    expect(stdout).toContain('  Can do           completion, chat, json-schema\n');
    expect(stdout).toContain('That was another build of the engine; with the present one nothing is measured yet.\n');
    expect(stdout).toContain('The time for the test was over before its end');
  });

  test('gives one JSON value with capabilities and the whole passport', async () => {
    const { json, stdout } = await new FakeCli({ app: appWithPassport() }).run('show', 'alpha', '--json');
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(json).toMatchObject({
      model: { id: 'alpha', passport: { isCurrent: true, failed: ['tools-parallel', 'needle'] } },
      settings: { load: {}, sampling: {}, aliases: [] },
      passport: { engine: 'test-engine', end: 'complete' },
      isPassportCurrent: true,
      capabilities: { kind: 'chat', all: { tools: { isAvailable: true, evidence: 'verified' } } },
    });
  });

  test('what a file or a model says cannot steer the terminal', async () => {
    const app = new FakeControlApp();
    app.records = [makeModelRecord({ id: 'alpha', facts: { name: 'Evil\u001b[2J\nName' } })];
    const { stdout } = await new FakeCli({ app }).run('show', 'alpha');
    expect(stdout).toContain('  Name             Evil·[2J·Name\n');
  });

  test('an unknown model is exit code 4', async () => {
    expect(await new FakeCli().run('show', 'gamma')).toMatchObject({
      exitCode: 4,
      stderr: 'impetus: There is no model "gamma".\nThe nearest names are alpha and beta.\n',
    });
  });
});

describe('impetus show --test', () => {
  test('tests first, tells how it goes on a terminal, then shows what was found', async () => {
    const app = appWithPassport();
    app.testEvents = [
      { type: 'start', model: 'alpha', checks: ['template', 'answer'] },
      { type: 'wait', reason: 'requests' },
      { type: 'wait', reason: 'loading' },
      { type: 'check-start', id: 'answer' },
    ];
    const { stdout, stderr, exitCode } = await new FakeCli({ app, showsProgress: true }).run('show', 'alpha', '--test');
    expect(exitCode).toBe(0);
    const lines = stderr.split('\r\u001b[2K').filter((line) => line !== '');
    expect(lines).toEqual(['Waiting for requests to end …', 'Loading the model …', 'Testing answer …']);
    expect(stdout).toContain('template        passed');
    expect(app.runningTests).toBe(0);
  });

  test('interrupting it ends the test: exit code 130', async () => {
    const app = new FakeControlApp();
    const cli = new FakeCli({ app });
    const running = cli.run('show', 'alpha', '--test');
    await expect.poll(() => app.runningTests).toBe(1);
    cli.interrupt();
    expect((await running).exitCode).toBe(130);
    await expect.poll(() => app.runningTests).toBe(0);
  });
});
