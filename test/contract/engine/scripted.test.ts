import { createMainHost } from '#main/engines/index.ts';
import { makeModelRecord } from '#test/support/model-record.ts';
import { createScriptedChildHost } from '#test/support/scripted-child.ts';
import { createScriptedEngine } from '#test/support/scripted-engine.ts';
import { describeEngineConformance } from './engine-conformance.ts';

const msPerToken = 1;

describeEngineConformance('scripted engine alone', async () => ({
  engine: createScriptedEngine({ msPerToken }),
  model: makeModelRecord(),
}));

describeEngineConformance('scripted engine in the main host', async () => ({
  engine: createMainHost({ engine: createScriptedEngine({ msPerToken }) }),
  model: makeModelRecord(),
}));

describeEngineConformance('scripted engine in a child', async () => ({
  engine: createScriptedChildHost({ script: { msPerToken } }),
  model: makeModelRecord(),
}));
