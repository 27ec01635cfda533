import type { Tool } from '#shared/domain/chat.ts';
import { invalidParameter } from './validate.ts';

/** The tools as they are. Throws `invalid-request` when two have the same name; `toParam` names the place of one. */
export function requireDistinctNames(tools: Tool[], toParam: (index: number) => string): Tool[] {
  const seen = new Set<string>();
  for (const [index, { name }] of tools.entries()) {
    if (seen.has(name)) {
      throw invalidParameter(toParam(index), `there are two tools of the name ${JSON.stringify(name)}`);
    }
    seen.add(name);
  }
  return tools;
}

/** The name as it is. Throws `invalid-request` when no tool has it. */
export function requireOffered(name: string, tools: readonly Tool[], param: string): string {
  if (tools.some((tool) => tool.name === name)) return name;
  throw invalidParameter(param, `there is no tool of the name ${JSON.stringify(name.slice(0, 64))}`);
}
