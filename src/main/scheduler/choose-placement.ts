import type { EnginePlacement, ModelTrust } from '#shared/domain/model.ts';

export interface PlacementInput {
  trust: ModelTrust;
  /** The user's choice, of this load or of the settings. */
  chosen: EnginePlacement | 'auto';
  /** Layers will lie on a GPU. */
  usesGpu: boolean;
  /** Places that have an engine and work. */
  available: readonly EnginePlacement[];
}

export interface Placement {
  placement: EnginePlacement;
  /** One clause, for the log. */
  reason: string;
}

/** Where a model runs. A file never loaded before goes into a child first, whatever was chosen: its canary load. */
export function choosePlacement({ trust, chosen, usesGpu, available }: PlacementInput): Placement | undefined {
  const wanted = want({ trust, chosen, usesGpu });
  if (available.includes(wanted.placement)) return wanted;
  const [placement] = available;
  return placement && { placement, reason: `there is no engine to run it in placement "${wanted.placement}"` };
}

function want({ trust, chosen, usesGpu }: Omit<PlacementInput, 'available'>): Placement {
  if (trust !== 'proven') return { placement: 'child', reason: 'the file is new: its first load runs in a child' };
  if (chosen !== 'auto') return { placement: chosen, reason: 'the user chose so' };
  if (usesGpu) return { placement: 'main', reason: 'the file is proven and layers lie on the GPU' };
  return { placement: 'child', reason: 'the model runs on the processor' };
}
