/** The address clients are given: the OpenAI base URL. */
export function toApiBase(baseUrl: string): string {
  return `${baseUrl}/v1`;
}

/** One streamed request that works as it stands in a POSIX shell. */
export function toCurlExample(baseUrl: string, model: string | undefined): string {
  const body = {
    ...(model === undefined ? {} : { model }),
    stream: true,
    messages: [{ role: 'user', content: 'Say hello in five words.' }],
  };
  const json = JSON.stringify(body).replaceAll("'", "'\\''");
  return `curl ${toApiBase(baseUrl)}/chat/completions \\\n  -H "content-type: application/json" \\\n  -d '${json}'`;
}
