import { app, dialog } from 'electron';
import type { ServerState } from '#shared/domain/server-state.ts';
import type { Core } from './core.ts';
import { quitQuestion, type QuitAnswer } from './quit-question.ts';
import type { ShellLog } from './shell-log.ts';
import { createShutdown } from './shutdown.ts';

export interface QuitOptions {
  core: Core;
  log: ShellLog;
  /** The state of the server now; undefined when it does not answer. */
  readServer: () => Promise<ServerState | undefined>;
}

/** The ways out of the app. */
export interface Quit {
  /** Stops the server too; asks first when requests are running. */
  quit(): Promise<void>;
  /** Ends the shell. A server of this process ends with it, another one goes on. Never asks. */
  leave(): Promise<void>;
  isQuitting(): boolean;
}

/** Five seconds of draining belong to the server, the rest to ending its children and this process. */
const limitMs = 8000;

export function setUpQuit(options: QuitOptions): Quit {
  const { core, log, readServer } = options;
  let isQuitting = false;
  let keepsServer = false;
  const shutDown = createShutdown({
    limitMs,
    stop: () => (keepsServer ? Promise.resolve(core.transport.close()) : core.stop()),
    exit: (code) => app.exit(code),
    onProblem: (error) => log.warn({ error: String(error) }, 'the server did not stop cleanly'),
  });
  const end = (keepServer: boolean) => {
    if (!isQuitting) keepsServer = keepServer;
    isQuitting = true;
    return shutDown();
  };
  const leave = () => end(core.isAttached);

  // The end of the session, the dock's Quit, a signal: nobody is there to answer a question.
  app.on('before-quit', (event) => {
    event.preventDefault();
    void leave();
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void leave());

  return {
    leave,
    isQuitting: () => isQuitting,
    async quit() {
      const answer = isQuitting ? 'quit-now' : await ask(await readServer());
      if (answer === 'cancel') return;
      if (answer === 'finish-first') await untilIdle(readServer);
      await end(false);
    },
  };
}

async function ask(server: ServerState | undefined): Promise<QuitAnswer> {
  const question = quitQuestion(server);
  if (!question) return 'quit-now';
  const { response } = await dialog.showMessageBox({
    type: 'question',
    message: question.message,
    detail: question.detail,
    buttons: question.answers.map(({ label }) => label),
    defaultId: question.answers.length - 1,
    cancelId: question.answers.findIndex(({ answer }) => answer === 'cancel'),
  });
  return question.answers[response]?.answer ?? 'cancel';
}

/** Four looks a second: as often as the server tells of changes. */
async function untilIdle(readServer: QuitOptions['readServer']): Promise<void> {
  while (quitQuestion(await readServer())) await new Promise((resolve) => setTimeout(resolve, 250));
}
