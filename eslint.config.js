import js from '@eslint/js';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** Bans of raw doors: each has one wrapped place (see docs/architecture.md, "one way in, one way out"). */
const rawDoors = [
  { selector: "CallExpression[callee.name='fetch']", message: 'Outbound calls go through base/http-client.ts.' },
  { selector: "NewExpression[callee.name='BrowserWindow']", message: 'Windows are made by desktop/secure-window.ts.' },
  {
    selector: "MemberExpression[object.name='ipcMain']",
    message: 'IPC goes through desktop/control-ipc.ts.',
  },
  {
    selector: "CallExpression[callee.property.name='openExternal']",
    message: 'Links are opened through desktop/open-external.ts.',
  },
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.cache/', 'release/', 'test/fixtures/', 'coverage/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {
        project: [
          'src/shared/tsconfig.json',
          'src/main/tsconfig.json',
          'src/preload/tsconfig.json',
          'src/renderer/tsconfig.json',
          'scripts/tsconfig.json',
          'test/tsconfig.json',
        ],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
    },
  },
  {
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    rules: {
      'no-console': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 3],
      complexity: ['error', 12],
      'no-restricted-syntax': ['error', ...rawDoors],
    },
  },
  // React components are markup: length is judged by the file, not the function.
  { files: ['src/renderer/**/*.tsx'], rules: { 'max-lines-per-function': ['error', 150] } },
  {
    files: ['src/renderer/**/*.ts', 'src/renderer/**/*.tsx'],
    plugins: { 'react-hooks': reactHooks },
    rules: { ...reactHooks.configs.recommended.rules },
  },
  // The wrapped places themselves.
  { files: ['src/main/base/http-client.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: [
      'src/main/desktop/secure-window.ts',
      'src/main/desktop/control-ipc.ts',
      'src/main/desktop/open-external.ts',
    ],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['src/renderer/control/**', 'src/shared/control/transports/http.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['**/*.mjs', '**/*.cjs', '*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'module',
          'require',
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
          'Buffer',
          'URL',
          'fetch',
          'AbortController',
          'AbortSignal',
          'performance',
          'structuredClone',
          'queueMicrotask',
          '__dirname',
          'TextDecoder',
          'TextEncoder',
          'setImmediate',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
);
