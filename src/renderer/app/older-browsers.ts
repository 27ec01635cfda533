/**
 * `AbortSignal.any` for browsers that lack it: Chromium before 116, Firefox before 124, Safari before 17.4. Without it
 * no answer could be streamed there.
 */
function anySignal(signals: Iterable<AbortSignal>): AbortSignal {
  const controller = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) {
      controller.abort(signal.reason);
      break;
    }
    signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true, signal: controller.signal });
  }
  return controller.signal;
}

if (!('any' in AbortSignal)) Object.defineProperty(AbortSignal, 'any', { value: anySignal });
