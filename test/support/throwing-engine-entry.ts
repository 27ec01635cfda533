import { openParentLink, serveEngine } from '#main/engines/index.ts';
import { createScriptedEngine } from './scripted-engine.ts';

// An engine with a bug: a callback that nobody waits for throws.
const engine = createScriptedEngine({
  placement: 'child',
  msPerToken: 1,
  answers: { hello: 'one two three four five six seven eight nine ten' },
});
serveEngine(engine, openParentLink());
const watch = setInterval(() => {
  const isBusy = engine.instances.some((instance) => instance.isBusy);
  if (!isBusy) return;
  clearInterval(watch);
  void Promise.reject(new Error('thrown in a detached callback'));
}, 1);
