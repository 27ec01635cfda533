import { expect, test } from 'vitest';
import type { ModelState } from '#shared/domain/model.ts';
import { listModels } from '#main/inference/list-models.ts';
import { makeModelRecord } from '#test/support/model-record.ts';

const loaded: ModelState = {
  state: 'loaded',
  placement: 'child',
  device: 'cpu',
  contextSize: 4096,
  slots: 2,
  memoryBytes: 1,
  activeRequests: 0,
  unloadsAt: null,
  pid: 1,
};

const problemOf = () => undefined;

test('models in memory come first, then the default, then the rest by name', () => {
  const records = ['delta', 'charlie', 'bravo', 'alpha'].map((id) => makeModelRecord({ id }));
  const list = listModels({ records, states: new Map([['delta', loaded]]), defaultModel: 'bravo', problemOf });
  expect(list.map(({ id, isDefault, status }) => [id, isDefault, status.state])).toEqual([
    ['delta', false, 'loaded'],
    ['bravo', true, 'unloaded'],
    ['alpha', false, 'unloaded'],
    ['charlie', false, 'unloaded'],
  ]);
});

test('a model that was set aside after crashes says so', () => {
  const records = [makeModelRecord({ id: 'alpha', trust: 'quarantined' })];
  const crashed = { state: 'failed', code: 'engine-crashed', message: 'Signal SIGSEGV.' } as const;
  const list = (states: Map<string, ModelState>) => listModels({ records, states, defaultModel: null, problemOf });
  expect(list(new Map())[0]?.status).toMatchObject({ state: 'failed', code: 'model-quarantined' });
  expect(list(new Map([['alpha', crashed]]))[0]?.status).toEqual(crashed);
});

test('a model that cannot be used says why, unless it is still in memory', () => {
  const records = ['alpha', 'delta'].map((id) => makeModelRecord({ id }));
  const gone = { code: 'model-file-missing', message: 'The file is gone.' } as const;
  const list = listModels({ records, states: new Map([['delta', loaded]]), defaultModel: null, problemOf: () => gone });
  expect(list.map(({ status }) => status)).toEqual([loaded, { state: 'failed', ...gone }]);
});
