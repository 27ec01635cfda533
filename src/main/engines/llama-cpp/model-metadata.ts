import type { LlamaModel } from 'node-llama-cpp';

/** The chat templates inside the file: the general one and, in some files, one for requests with tools. */
export function readChatTemplates(model: LlamaModel): { template: string | null; toolTemplate: string | null } {
  const tokenizer: Readonly<Record<string, unknown>> = { ...model.fileInfo.metadata.tokenizer };
  return {
    template: toText(tokenizer['chat_template']),
    toolTemplate: toText(tokenizer['chat_template.tool_use']),
  };
}

/** Tokens that a sliding-window model keeps in memory; 0 for full attention. */
export function readSlidingWindow(model: LlamaModel): number {
  return model.fileInsights.swaSize ?? 0;
}

function toText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
