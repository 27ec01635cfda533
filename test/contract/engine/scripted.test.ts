import { makeModelRecord } from '#test/support/model-record.ts';
import { createScriptedEngine } from '#test/support/scripted-engine.ts';
import { describeEngineConformance } from './engine-conformance.ts';

describeEngineConformance('scripted engine', async () => ({
  engine: createScriptedEngine({ msPerToken: 1 }),
  model: makeModelRecord(),
}));
