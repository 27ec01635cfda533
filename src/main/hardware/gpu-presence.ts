import { existsSync } from 'node:fs';

/** Driver files whose presence means that a GPU can be used; the engine tries the GPU itself when it loads. */
const driverFiles: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ['/dev/nvidiactl', '/dev/kfd', '/dev/dri/renderD128'],
  win32: ['C:\\Windows\\System32\\nvcuda.dll', 'C:\\Windows\\System32\\vulkan-1.dll'],
};

export interface GpuPresenceSource {
  platform: NodeJS.Platform;
  architecture: string;
  exists: (file: string) => boolean;
}

/** A cheap look, no driver is loaded: every Apple silicon machine has Metal, elsewhere a driver file must be there. */
export function hasGpu(
  source: GpuPresenceSource = { platform: process.platform, architecture: process.arch, exists: existsSync },
): boolean {
  if (source.platform === 'darwin') return source.architecture === 'arm64';
  return (driverFiles[source.platform] ?? []).some((file) => source.exists(file));
}
