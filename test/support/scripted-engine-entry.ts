import { openParentLink, serveEngine } from '#main/engines/index.ts';
import { createScriptedEngine, type LoadFault, type ScriptedEngineOptions } from './scripted-engine.ts';

/** What the test wants of the child, as JSON in IMPETUS_SCRIPTED_ENGINE. */
export interface ScriptedEntryOptions extends Pick<ScriptedEngineOptions, 'answers' | 'msPerToken' | 'loadMs'> {
  loadFaults?: LoadFault[];
  /** Never says hello. */
  isMute?: boolean;
}

const {
  loadFaults = [],
  isMute,
  ...options
} = JSON.parse(process.env['IMPETUS_SCRIPTED_ENGINE'] ?? '{}') as ScriptedEntryOptions;

const engine = createScriptedEngine({
  ...options,
  placement: 'child',
  onCrash: () => process.kill(process.pid, 'SIGKILL'),
  onFreeze: () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
});
engine.loadFaults.push(...loadFaults);
if (isMute) setInterval(() => undefined, 1000);
else serveEngine(engine, openParentLink());
