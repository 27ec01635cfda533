import path from 'node:path';
import react from '@vitejs/plugin-react';
import { mutatePlugin } from '../requirements/mutate-plugin.ts';

/** Never bundled: Electron is given by the runtime; node-llama-cpp and koffi find their binaries by their file layout. */
const external = [/^node:/, /^electron($|\/)/, /^node-llama-cpp($|\/)/, /^@node-llama-cpp\//, /^koffi$/];

/** @type {import('vite').Rolldown.OutputOptions} */
const esModules = { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' };
/** @type {import('vite').Rolldown.OutputOptions} */
const commonJs = { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: 'chunks/[name]-[hash].cjs' };

/**
 * One chunk that runs before every other: zod with the setting that it makes no code from text, which the pages' content
 * security policy forbids. Schemas made before that setting would.
 */
const schemaLibrary = { name: 'zod', test: /[\\/]node_modules[\\/]zod[\\/]|[\\/]app[\\/]no-generated-code\.ts$/ };

/**
 * One output folder of the build.
 *
 * @typedef {object} BuildTarget
 * @property {string} name also the folder under `dist/`
 * @property {boolean} byDefault false: built only when asked for by `--target`
 * @property {Record<string, string>} entries output name -> source file, relative to the repository
 * @property {(context: { root: string, outDir: string }) => import('vite').InlineConfig} toConfig
 */

/** @type {BuildTarget[]} */
export const buildTargets = [
  nodeTarget({ name: 'main', entries: { main: 'src/main/main.ts' } }),
  nodeTarget({ name: 'headless', entries: { headless: 'src/main/headless.ts', impetus: 'src/main/impetus.ts' } }),
  nodeTarget({
    name: 'worker',
    entries: {
      engine: 'src/main/engines/hosts/child-entry.ts',
      templates: 'src/main/engines/llama-cpp/templates/template-thread-entry.ts',
    },
  }),
  // A sandboxed preload is one CommonJS file.
  nodeTarget({
    name: 'preload',
    entries: { preload: 'src/preload/preload.ts' },
    target: 'chrome150',
    output: { ...commonJs, codeSplitting: false },
  }),
  {
    name: 'renderer',
    byDefault: true,
    entries: { index: 'src/renderer/index.html' },
    toConfig: ({ root, outDir }) => ({
      ...common(path.join(root, 'src', 'renderer')),
      base: './',
      plugins: [...mutatePlugin(), react()],
      // The browser of the rig is the oldest that shows the UI. Inlined assets would need data: in the CSP.
      build: {
        ...commonBuild(outDir),
        target: 'chrome114',
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        rolldownOptions: { output: { codeSplitting: { groups: [schemaLibrary] } } },
      },
    }),
  },
  // The test rig runs the shell on an old Electron: CommonJS for its Node 18.
  nodeTarget({
    name: 'main.rig',
    entries: { main: 'src/main/main.ts' },
    target: 'node18',
    output: commonJs,
    byDefault: false,
  }),
];

/**
 * Code for Node or Electron: one file per entry and shared chunks.
 * @param {object} options
 * @param {string} options.name
 * @param {Record<string, string>} options.entries
 * @param {string} [options.target] Node 24 is also the Node inside Electron
 * @param {import('vite').Rolldown.OutputOptions} [options.output]
 * @param {boolean} [options.byDefault]
 * @returns {BuildTarget}
 */
function nodeTarget({ name, entries, target = 'node24', output = esModules, byDefault = true }) {
  return {
    name,
    byDefault,
    entries,
    toConfig: ({ root, outDir }) => ({
      ...common(root),
      ssr: { noExternal: true },
      build: {
        ...commonBuild(outDir),
        ssr: true,
        target,
        minify: false,
        rolldownOptions: { input: absolute(root, entries), external, output },
      },
    }),
  };
}

/**
 * @param {string} root
 * @returns {import('vite').InlineConfig}
 */
function common(root) {
  return { root, configFile: false, logLevel: 'warn', plugins: mutatePlugin() };
}

/**
 * @param {string} outDir
 * @returns {import('vite').BuildEnvironmentOptions}
 */
function commonBuild(outDir) {
  return { outDir, emptyOutDir: true, sourcemap: true, reportCompressedSize: false };
}

/**
 * @param {string} root
 * @param {Record<string, string>} entries
 */
function absolute(root, entries) {
  return Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, path.join(root, file)]));
}
