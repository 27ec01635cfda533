import type { ControlClient } from '#shared/control/client.ts';
import { createControlClient } from '#shared/control/create-control-client.ts';
import type { ControlTransport } from '#shared/control/transports/control-transport.ts';
import { createHttpTransport } from '#shared/control/transports/http.ts';
import { createIpcTransport } from '#shared/control/transports/ipc.ts';
import type { AppError } from '#shared/errors/app-error.ts';
import { findBridge } from './bridge.ts';

/** The control client of this page: over IPC in a window of the desktop app, over HTTP in a browser. */
export function createPageClient(): ControlClient {
  return createControlClient(createTransport(), { report: reportMismatch });
}

function createTransport(): ControlTransport {
  const bridge = findBridge();
  if (bridge) return createIpcTransport(bridge);
  return createHttpTransport({ baseUrl: '', fetch: (input, init) => window.fetch(input, init) });
}

/** A broken contract is a bug: it goes to the page's error log, where developers and tests see it. */
function reportMismatch(problem: AppError): void {
  queueMicrotask(() => window.reportError(problem));
}
