import { findAddon } from '#main/engines/llama-cpp/native/shared-libraries.ts';
import { compileBounded, type Renderer } from '#main/engines/llama-cpp/templates/bounded-template.ts';
import { compileNative } from '#main/engines/llama-cpp/templates/native-template.ts';
import { compileGuarded } from '#main/engines/llama-cpp/templates/guarded-template.ts';
import { defaultTemplateLimits as limits } from '#main/engines/llama-cpp/templates/template-limits.ts';
import { openLibrary } from '#test/support/open-native.ts';

export interface TemplateEngines {
  /** Ours, every step counted. */
  bounded: (template: string) => Renderer;
  /** llama.cpp's. */
  native: (template: string) => Renderer;
  /** As the product does: ours counts, llama.cpp's writes. */
  either: (template: string) => Renderer;
}

/** Both engines of chat templates; loads the library. */
export async function openTemplateEngines(): Promise<TemplateEngines> {
  await openLibrary();
  const options = { addonFile: findAddon() ?? '', mayEndProcess: true };
  const bounded = (template: string): Renderer => compileBounded(template, limits);
  const native = (template: string): Renderer => compileNative(template, options);
  return { bounded, native, either: (template) => compileGuarded(template, { limits, native: options }) };
}
