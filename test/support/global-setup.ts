/** Shared set-up of every vitest project. Test models and the browser are prepared by scripts/test.mjs. */
export default function setup(): void {
  process.env['NODE_LLAMA_CPP_SKIP_DOWNLOAD'] = 'true';
}
