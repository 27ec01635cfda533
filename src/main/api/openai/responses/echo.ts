const texts = ['user', 'safety_identifier', 'prompt_cache_key'] as const;

const maxLength = 512;

/** Fields that have no effect and are repeated all the same: clients look for what they sent. */
export function readEcho(raw: unknown): Record<string, unknown> {
  const body = raw as Record<string, unknown>;
  const limit = body['max_tool_calls'];
  const echo: Record<string, unknown> = { max_tool_calls: Number.isInteger(limit) ? limit : null };
  for (const name of texts) echo[name] = readText(body[name]);
  return echo;
}

function readText(value: unknown): string | null {
  return typeof value === 'string' && value.length <= maxLength ? value : null;
}
