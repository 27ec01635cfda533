import { useState } from 'react';
import { toAppError, type AppError } from '#shared/errors/app-error.ts';
import { useControl } from './control-context.ts';

export interface ModelActions {
  load: (model: string) => void;
  unload: (model: string) => void;
  setDefault: (model: string | null) => void;
  /** What went wrong last, with the wire id of the model it was about. */
  failure: { model: string; error: AppError } | undefined;
  clearFailure: () => void;
}

/** Load, unload and default: the same commands behind the popover, the home page and the library. */
export function useModelActions(): ModelActions {
  const { client } = useControl();
  const [failure, setFailure] = useState<ModelActions['failure']>();

  async function attempt(model: string, work: () => Promise<unknown>): Promise<void> {
    setFailure(undefined);
    try {
      await work();
    } catch (thrown) {
      setFailure({ model, error: toAppError(thrown) });
    }
  }

  return {
    load: (model) => void attempt(model, () => client.command('models.load', { model })),
    unload: (model) => void attempt(model, () => client.command('models.unload', { model })),
    setDefault: (model) => void attempt(model ?? '', () => client.command('models.setDefault', { model })),
    failure,
    clearFailure: () => setFailure(undefined),
  };
}
