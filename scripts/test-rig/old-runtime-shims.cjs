/**
 * What the shell and the interface use and the rig's Electron 25 (Node 18.15, Chromium 114) does not have yet. Loaded
 * before them on the rig only; the same source serves its main process and its pages.
 */
(() => {
  AbortSignal.any ??= (signals) => {
    const controller = new AbortController();
    for (const signal of signals) {
      if (signal.aborted) controller.abort(signal.reason);
      else signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true });
    }
    return controller.signal;
  };
  Promise.withResolvers ??= function () {
    const deferred = {};
    deferred.promise = new this((resolve, reject) => Object.assign(deferred, { resolve, reject }));
    return deferred;
  };
  if (typeof require !== 'function') return;
  const channels = require('node:diagnostics_channel');
  channels.tracingChannel ??= () => ({
    hasSubscribers: false,
    traceSync: (work, _context, self, ...given) => work.apply(self, given),
  });
})();
