import { testLoadOptions } from './engine-tasks.ts';
import { makeModelRecord } from './model-record.ts';
import { createScriptedChildHost } from './scripted-child.ts';

// A parent that starts an engine child, tells its pid, and waits to be killed.
const instance = await createScriptedChildHost().load(
  { model: makeModelRecord(), options: testLoadOptions },
  { signal: new AbortController().signal, onProgress: () => undefined },
);
process.send?.(instance.info.pid);
