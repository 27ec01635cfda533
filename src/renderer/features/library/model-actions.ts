import type { ModelSummary } from '#shared/domain/model.ts';
import type { ModelActions } from '../../control/use-model-actions.ts';

export interface LibraryActions extends Pick<ModelActions, 'load' | 'unload' | 'setDefault'> {
  forget: (model: ModelSummary) => void;
  /** Lets a model load again that was set aside after crashes. */
  release: (model: string) => void;
}

/** Opens the chat with this model chosen. */
export function openChat(model: ModelSummary): void {
  window.location.hash = `#/chat?model=${encodeURIComponent(model.id)}`;
}

/** The main action of a model: chat when it is in memory, else load. */
export function runMainAction(model: ModelSummary, actions: LibraryActions): void {
  if (model.status.state === 'loaded') openChat(model);
  else if (model.status.state === 'unloaded' || model.status.state === 'failed') actions.load(model.id);
}
