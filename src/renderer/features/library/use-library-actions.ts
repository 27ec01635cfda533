import { useState } from 'react';
import type { ModelSummary } from '#shared/domain/model.ts';
import { toAppError, type AppError } from '#shared/errors/app-error.ts';
import { useControl } from '../../control/control-context.ts';
import { useModelActions } from '../../control/use-model-actions.ts';
import { useMessages } from '../../ui/messages.tsx';
import type { LibraryActions } from './model-actions.ts';
import { toModelName } from '#shared/domain/model-name.ts';

export interface LibraryActionsWithFailure extends LibraryActions {
  /** What went wrong last. */
  failure: AppError | undefined;
  clearFailure: () => void;
}

/** What can be done with a model here: load, unload, make it the default, and remove it with Undo. */
export function useLibraryActions(): LibraryActionsWithFailure {
  const { client } = useControl();
  const { showToast } = useMessages();
  const actions = useModelActions();
  const [failure, setFailure] = useState<AppError>();

  async function attempt(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (thrown) {
      setFailure(toAppError(thrown));
      return false;
    }
  }

  /** Removes it from the library at once; the file stays where it is, so Undo imports it again. */
  async function forget(model: ModelSummary): Promise<void> {
    setFailure(undefined);
    if (!(await attempt(() => client.command('models.forget', { model: model.id })))) return;
    showToast({
      text: `${toModelName(model)} removed from Impetus. The file stays on disk.`,
      undo: () => void attempt(() => client.command('models.import', { path: model.path })),
    });
  }

  async function release(model: string): Promise<void> {
    setFailure(undefined);
    await attempt(() => client.command('models.release', { model }));
  }

  return {
    load: actions.load,
    unload: actions.unload,
    setDefault: actions.setDefault,
    forget: (model) => void forget(model),
    release: (model) => void release(model),
    failure: failure ?? actions.failure?.error,
    clearFailure: () => {
      setFailure(undefined);
      actions.clearFailure();
    },
  };
}
