import { modelCapabilities } from '#shared/domain/model-capabilities.ts';
import type { ModelSummary } from '#shared/domain/model.ts';

const no = { supported: false };
const yes = { supported: true };

/**
 * What a model can do, in the words of this API; every word its clients know is there. An effort is handed to the
 * template, whose file does not say what becomes of it: it is promised for no model.
 */
export function encodeCapabilities(model: Pick<ModelSummary, 'facts' | 'passport'>) {
  const { all } = modelCapabilities(model);
  const thinks = all.reasoning.isAvailable;
  const thinking = { supported: thinks };
  return {
    batch: no,
    citations: no,
    code_execution: no,
    context_management: { ...no, clear_thinking_20251015: no, clear_tool_uses_20250919: no, compact_20260112: no },
    effort: { ...no, low: no, medium: no, high: no, xhigh: no, max: no },
    image_input: { supported: all.vision.isAvailable },
    pdf_input: no,
    server_tools: { ...no, code_execution: no, web_search: no },
    structured_outputs: { supported: all['json-schema'].isAvailable },
    thinking: {
      ...thinking,
      types: { adaptive: thinking, enabled: thinking, disabled: yes, between_tools: yes },
    },
  };
}
