import { status, testFields } from '#test/support/field-contrasts.ts';

testFields('llama-load', {
  path: '/models/load',
  body: { model: 'test-model' },
  contrasts: { model: { values: ['test-model', 'nobody'], observe: status } },
});

testFields('llama-unload', {
  path: '/models/unload',
  body: { model: 'test-model' },
  contrasts: { model: { values: ['test-model', 'nobody'], observe: status } },
});
