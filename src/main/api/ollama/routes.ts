import type { RouteRow } from '../route-table.ts';
import { ollamaChatRoutes } from './chat/routes.ts';
import { ollamaEmbedRoutes } from './embed/routes.ts';
import { ollamaGenerateRoutes } from './generate/routes.ts';
import { ollamaManageRoutes, type ManageOptions } from './manage/routes.ts';
import { ollamaModelRoutes, type ModelRouteOptions } from './models/routes.ts';

export type OllamaOptions = ManageOptions & ModelRouteOptions;

/** Ollama's own API; its OpenAI-compatible paths are those of the OpenAI dialect. */
export function ollamaRoutes(options: OllamaOptions): RouteRow[] {
  return [
    ...ollamaModelRoutes(options),
    ...ollamaChatRoutes(options),
    ...ollamaGenerateRoutes(options),
    ...ollamaEmbedRoutes(options),
    ...ollamaManageRoutes(options),
  ];
}
