import type { Llama } from 'node-llama-cpp';
import { AppError } from '#shared/errors/app-error.ts';

/** A compiled chat template. `render` throws with the template's own message inside the error's text. */
export interface TemplateRenderer {
  render(variables: Record<string, unknown>): string;
}

export type TemplateCompiler = (template: string) => TemplateRenderer;

interface AddonBindings {
  AddonJinjaRenderer: new (template: string) => TemplateRenderer;
}

/**
 * llama.cpp's own Jinja engine, which has no C function: the one private part of node-llama-cpp 3.22.1 that is used.
 * The compiler throws on a syntax error. Errors: `model-load-failed` when the part is not there.
 */
export function createTemplateCompiler(llama: Llama): TemplateCompiler {
  const bindings: unknown = Reflect.get(llama, '_bindings');
  if (!hasRenderer(bindings)) {
    throw new AppError('model-load-failed', 'node-llama-cpp has no AddonJinjaRenderer.', {
      hint: 'Install exactly node-llama-cpp 3.22.1 (npm ci).',
    });
  }
  return (template) => new bindings.AddonJinjaRenderer(template);
}

function hasRenderer(bindings: unknown): bindings is AddonBindings {
  return (
    typeof bindings === 'object' &&
    bindings !== null &&
    typeof Reflect.get(bindings, 'AddonJinjaRenderer') === 'function'
  );
}
