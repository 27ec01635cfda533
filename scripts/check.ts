import { spawnSync } from 'node:child_process';

/** `npm run check`: every static rule of the house. Stops at the first that fails. */
const steps: [string, string[]][] = [
  ['types', ['tsc', '-b']],
  ['lint', ['eslint', '.']],
  ['layout of text', ['prettier', '--check', '--log-level', 'warn', '.']],
  ['floors and front doors', ['depcruise', 'src', 'scripts', 'test', '--config', '.dependency-cruiser.cjs']],
  ['dead code', ['knip']],
];

for (const [name, [command = '', ...arguments_]] of steps) {
  process.stdout.write(`check: ${name}\n`);
  const bin = `node_modules/.bin/${command}${process.platform === 'win32' ? '.cmd' : ''}`;
  const { status } = spawnSync(bin, arguments_, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) {
    process.stderr.write(`check: ${name} failed\n`);
    process.exit(1);
  }
}
