import { readdir } from 'node:fs/promises';
import path from 'node:path';

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

export interface UiFile {
  /** Path inside the folder. */
  relativePath: string;
  mediaType: string;
  /** True for the build's `assets/`, whose names hold a hash of the content: a browser may keep them for ever. */
  isHashed: boolean;
}

/**
 * The file of the built renderer that a URL path names; empty means `index.html`. The path is compared with the names
 * the folder really holds and never joined to it, so no spelling of it can lead outside; links are not followed.
 */
export async function findUiFile(folder: string, urlPath: string): Promise<UiFile | undefined> {
  const wanted = urlPath === '' ? 'index.html' : decode(urlPath);
  const names = await listFiles(folder);
  const relativePath = names.find((name) => name.split(path.sep).join('/') === wanted);
  const mediaType = mediaTypes[path.extname(wanted ?? '')];
  if (relativePath === undefined || mediaType === undefined) return undefined;
  return { relativePath, mediaType, isHashed: /^assets\/.*-[\w-]{8}\.\w+$/.test(wanted ?? '') };
}

async function listFiles(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function decode(urlPath: string): string | undefined {
  try {
    return decodeURIComponent(urlPath);
  } catch {
    return undefined;
  }
}
