import type { ModelTrust } from '#shared/domain/model.ts';

/** Where the verdict on a file is kept: `proven` after its first load, `quarantined` after repeated crashes. */
export interface FileTrust {
  setTrust(modelId: string, trust: ModelTrust): void | Promise<void>;
}
