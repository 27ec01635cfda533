/**
 * The floors of docs/architecture.md as data; every rule below is generated from this table.
 * A room may import rooms of lower floors, through their index.ts only, and never a neighbour on its own floor.
 */
const floors = [
  ['base', 'engine-port', 'decoding'],
  ['engines', 'formats', 'hardware', 'storage'],
  ['library', 'scheduler', 'gateway'],
  ['inference'],
  ['passport'],
  ['api'],
  ['desktop', 'cli'],
];

/** One library, one room: [package pattern, files that may import it]. */
const libraries = [
  ['^electron$', '^src/main/desktop/|^src/main/main\\.ts$|^src/preload/'],
  ['^electron-store$', '^src/main/desktop/'],
  ['^node-llama-cpp$', '^src/main/engines/llama-cpp/'],
  ['^fastify$', '^src/main/api/'],
  ['^(node:)?sqlite$', '^src/main/storage/'],
  ['^prom-client$', '^src/main/gateway/'],
  ['^pino$', '^src/main/base/'],
  ['^(react|react-dom|radix-ui|lucide-react)$', '^src/renderer/'],
];

const floorRules = floors.flatMap((rooms, floor) => {
  const above = floors.slice(floor + 1).flat();
  return rooms.map((room) => {
    const neighbours = rooms.filter((other) => other !== room);
    const forbidden = [...above, ...neighbours];
    return {
      name: `floor-of-${room}`,
      comment: `${room} lies on floor ${floor}: it may import lower floors only.`,
      severity: 'error',
      from: { path: `^src/main/${room}/` },
      to: { path: `^src/main/(${forbidden.join('|')})/` },
    };
  });
});

const libraryRules = libraries.map(([library, rooms]) => ({
  name: `one-room-for-${library.replace(/[^a-z-]/g, '')}`,
  severity: 'error',
  from: { path: '^src/', pathNot: rooms },
  to: { path: library.startsWith('^(node') ? library : `node_modules/${library.slice(1, -1)}/` },
}));

module.exports = {
  forbidden: [
    ...floorRules,
    ...libraryRules,
    {
      name: 'front-door',
      comment: 'Another room is entered through its index.ts.',
      severity: 'error',
      from: { path: '^src/main/([^/]+)/' },
      to: { path: '^src/main/[^/]+/', pathNot: '^src/main/$1/|^src/main/[^/]+/index\\.ts$' },
    },
    {
      name: 'unknown-room',
      comment: 'Every folder of src/main has a place in the floors table.',
      severity: 'error',
      from: {},
      to: { path: '^src/main/[^/]+/', pathNot: `^src/main/(${floors.flat().join('|')})/` },
    },
    {
      name: 'rooms-know-no-entry',
      severity: 'error',
      from: { path: '^src/main/[^/]+/' },
      to: { path: '^src/main/[^/]+\\.ts$' },
    },
    {
      name: 'shared-is-pure',
      severity: 'error',
      from: { path: '^src/shared/' },
      to: { path: '^src/(main|renderer|preload)/|^electron$' },
    },
    {
      name: 'shared-knows-no-node',
      severity: 'error',
      from: { path: '^src/shared/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'renderer-knows-shared-only',
      severity: 'error',
      from: { path: '^src/renderer/' },
      to: { path: '^src/(main|preload)/' },
    },
    {
      name: 'preload-knows-shared-only',
      severity: 'error',
      from: { path: '^src/preload/' },
      to: { path: '^src/(main|renderer)/' },
    },
    {
      name: 'features-apart',
      severity: 'error',
      from: { path: '^src/renderer/features/([^/]+)/' },
      to: { path: '^src/renderer/features/', pathNot: '^src/renderer/features/$1/' },
    },
    { name: 'no-cycles', severity: 'error', from: { path: '^(src|scripts)/' }, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^electron$' } },
    { name: 'product-free-of-tests', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|scripts)/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
