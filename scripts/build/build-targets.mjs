import path from 'node:path';
import react from '@vitejs/plugin-react';

/** Never bundled: Electron is given by the runtime, node-llama-cpp finds its binaries by its own file layout. */
const external = [/^node:/, /^electron($|\/)/, /^node-llama-cpp($|\/)/, /^@node-llama-cpp\//];

/**
 * One output folder of the build.
 *
 * @typedef {object} BuildTarget
 * @property {string} name also the folder under `dist/`
 * @property {boolean} byDefault false: built only when asked for by `--target`
 * @property {Record<string, string>} entries output name -> source file, relative to the repository
 * @property {(context: { root: string, version: string, outDir: string }) => import('vite').InlineConfig} toConfig
 */

/** @type {BuildTarget[]} */
export const buildTargets = [
  nodeTarget({ name: 'main', entries: { main: 'src/main/main.ts' } }),
  nodeTarget({ name: 'headless', entries: { headless: 'src/main/headless.ts', impetus: 'src/main/impetus.ts' } }),
  nodeTarget({ name: 'worker', entries: { engine: 'src/main/engines/hosts/child-entry.ts' } }),
  singleFileTarget({ name: 'preload', entries: { preload: 'src/preload/preload.ts' }, target: 'chrome150' }),
  {
    name: 'renderer',
    byDefault: true,
    entries: { index: 'src/renderer/index.html' },
    toConfig: ({ root, version, outDir }) => ({
      ...common({ root: path.join(root, 'src', 'renderer'), version }),
      base: './',
      plugins: [react()],
      build: {
        outDir,
        emptyOutDir: true,
        target: 'chrome114',
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
      },
    }),
  },
  // The test rig runs the shell on an old Electron: CommonJS for Node 18 and Chromium 114.
  singleFileTarget({ name: 'main.rig', entries: { main: 'src/main/main.ts' }, target: 'node18', byDefault: false }),
];

/**
 * ES modules for Node 24 (also the Node inside Electron), one file per entry and shared chunks.
 * @param {{ name: string, entries: Record<string, string> }} options
 * @returns {BuildTarget}
 */
function nodeTarget({ name, entries }) {
  return {
    name,
    byDefault: true,
    entries,
    toConfig: ({ root, version, outDir }) => ({
      ...common({ root, version }),
      ssr: { noExternal: true, external: [] },
      build: {
        ssr: true,
        outDir,
        emptyOutDir: true,
        target: 'node24',
        sourcemap: true,
        minify: false,
        rolldownOptions: {
          input: absolute(root, entries),
          external,
          output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
        },
      },
    }),
  };
}

/**
 * CommonJS in one file: what a sandboxed preload and the old Electron of the rig can load.
 * @param {{ name: string, entries: Record<string, string>, target: string, byDefault?: boolean }} options
 * @returns {BuildTarget}
 */
function singleFileTarget({ name, entries, target, byDefault = true }) {
  return {
    name,
    byDefault,
    entries,
    toConfig: ({ root, version, outDir }) => ({
      ...common({ root, version }),
      ssr: { noExternal: true, external: [] },
      build: {
        ssr: true,
        outDir,
        emptyOutDir: true,
        target,
        sourcemap: true,
        minify: false,
        rolldownOptions: {
          input: absolute(root, entries),
          external,
          output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
        },
      },
    }),
  };
}

/**
 * @param {{ root: string, version: string }} options
 * @returns {import('vite').InlineConfig}
 */
function common({ root, version }) {
  return {
    root,
    configFile: false,
    logLevel: 'warn',
    define: { __IMPETUS_VERSION__: JSON.stringify(version) },
    build: { reportCompressedSize: false },
  };
}

/**
 * @param {string} root
 * @param {Record<string, string>} entries
 */
function absolute(root, entries) {
  return Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, path.join(root, file)]));
}
