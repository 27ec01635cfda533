import { holds, status, testFields, type Answer } from '#test/support/field-contrasts.ts';

const state = ({ server }: Answer) => {
  const [loaded] = server.scheduler.states().values();
  return loaded?.state === 'loaded' ? loaded : undefined;
};

testFields('lm-studio-load', {
  path: '/api/v1/models/load',
  body: { model: 'test-model' },
  contrasts: {
    model: { values: ['test-model', 'nobody'], observe: status },
    context_length: { values: [1024, 2048], observe: (answer) => state(answer)?.contextSize },
    ttl: { values: [60, 36_000], observe: (answer) => state(answer)?.unloadsAt?.slice(0, 13) },
    echo_load_config: { values: [true, false], observe: holds('"load_config"') },
  },
});

testFields('lm-studio-unload', {
  path: '/api/v1/models/unload',
  body: { instance_id: 'test-model' },
  contrasts: { instance_id: { values: ['test-model', 'nobody'], observe: status } },
});

testFields('lm-studio-download', {
  path: '/api/v1/models/download',
  body: { model: 'test-model' },
  contrasts: {
    model: { values: ['test-model', 'nobody'], observe: status },
    quantization: { values: [null, 'Q9'], observe: status },
  },
});
