import { existsSync } from 'node:fs';
import path from 'node:path';

/** Another local server that clients know by its port. */
export type OtherServer = 'ollama' | 'lm-studio';

export interface InstalledServersInput {
  platform: NodeJS.Platform;
  environment: Readonly<Record<string, string | undefined>>;
  userHome: string;
  /** Default: looks at the disk. */
  exists?: (file: string) => boolean;
}

/** Which of them are installed on this machine: as a program on the search path, an app, or by the folder they keep. */
export function findInstalledServers(input: InstalledServersInput): ReadonlySet<OtherServer> {
  const { exists = existsSync } = input;
  const isThere = (files: readonly string[]) => files.some((file) => exists(file));
  const found = new Set<OtherServer>();
  if (isThere([...onSearchPath('ollama', input), ...ollamaPlaces(input)])) found.add('ollama');
  if (isThere([...onSearchPath('lms', input), ...lmStudioPlaces(input)])) found.add('lm-studio');
  return found;
}

function onSearchPath(program: string, { platform, environment }: InstalledServersInput): string[] {
  const paths = pathOf(platform);
  const name = platform === 'win32' ? `${program}.exe` : program;
  const folders = (environment['PATH'] ?? environment['Path'] ?? '').split(paths.delimiter);
  return folders.filter((folder) => folder !== '').map((folder) => paths.join(folder, name));
}

function ollamaPlaces({ platform, environment, userHome }: InstalledServersInput): string[] {
  const paths = pathOf(platform);
  switch (platform) {
    case 'darwin':
      return ['/Applications/Ollama.app', paths.join(userHome, 'Applications', 'Ollama.app')];
    case 'win32':
      return [paths.join(environment['LOCALAPPDATA'] ?? userHome, 'Programs', 'Ollama', 'ollama.exe')];
    default:
      return ['/usr/local/bin/ollama', '/usr/bin/ollama', '/usr/share/ollama', '/snap/bin/ollama'];
  }
}

/** LM Studio keeps a folder in the home of whoever has started it once. */
function lmStudioPlaces({ platform, environment, userHome }: InstalledServersInput): string[] {
  const paths = pathOf(platform);
  const kept = [paths.join(userHome, '.lmstudio'), paths.join(userHome, '.cache', 'lm-studio')];
  switch (platform) {
    case 'darwin':
      return [...kept, '/Applications/LM Studio.app', paths.join(userHome, 'Applications', 'LM Studio.app')];
    case 'win32':
      return [...kept, paths.join(environment['LOCALAPPDATA'] ?? userHome, 'Programs', 'LM Studio')];
    default:
      return kept;
  }
}

function pathOf(platform: NodeJS.Platform): path.PlatformPath {
  return platform === 'win32' ? path.win32 : path.posix;
}
