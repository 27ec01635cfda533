import { detectInSource } from './detect-format.ts';
import { withModelFile } from './byte-source.ts';
import { invalidModelFile, unsupportedModelFile } from './format-problem.ts';
import { checkTensors } from './gguf/check-tensors.ts';
import type { GgufHeader } from './gguf/gguf-header.ts';
import { GgufMetadata } from './gguf/gguf-metadata.ts';
import { readGgufHeader } from './gguf/read-gguf-header.ts';

export interface AdapterFile {
  /** Network family it was made for. */
  architecture: string;
  sizeBytes: number;
}

/**
 * The pre-check of a LoRA adapter: is it one, and can it be trusted to a library? Reads the header only. Errors:
 * `model-file-missing`, `model-format-unsupported` for another kind of file, `model-file-invalid` for a broken one.
 */
export async function inspectAdapterFile(file: string): Promise<AdapterFile> {
  return withModelFile(file, async (source) => {
    await detectInSource(source);
    const header = await readGgufHeader(source, undefined);
    checkTensors(header);
    const metadata = new GgufMetadata(header);
    if (metadata.getText('general.type') !== 'adapter' || metadata.getText('adapter.type') !== 'lora') {
      throw unsupportedModelFile({
        file,
        problem: 'no-adapter',
        detail: 'It is no LoRA adapter.',
        hint: 'Choose a GGUF file that convert_lora_to_gguf.py has written.',
      });
    }
    checkPairs(header);
    return { architecture: metadata.architecture, sizeBytes: header.fileSize };
  });
}

/** Each changed matrix is the product of two: both have to be there. */
function checkPairs({ file, tensors }: GgufHeader): void {
  const names = new Set(tensors.map(({ name }) => name));
  const halves = [...names].filter((name) => name.endsWith('.lora_a') || name.endsWith('.lora_b'));
  const lonely = halves.find((name) => !names.has(`${name.slice(0, -1)}${name.endsWith('a') ? 'b' : 'a'}`));
  if (halves.length > 0 && lonely === undefined) return;
  throw invalidModelFile({
    file,
    problem: 'adapter-tensors',
    detail: lonely === undefined ? 'It changes nothing.' : `The other half of ${lonely.slice(0, 80)} is missing.`,
  });
}
