/** Whether a model is in memory or about to be; answered by the scheduler through the composition root. */
export interface InUseGuard {
  isInUse(modelId: string): boolean;
}
