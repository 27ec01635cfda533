import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile, chmod } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** Who the shell runs as: Chromium's sandbox does not work for root, so root hands over to `nobody`. */
export const rigUser = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** An X server and a session bus of our own, so that nothing of this machine's desktop is touched. */
export interface PrivateSession {
  /** DISPLAY and DBUS_SESSION_BUS_ADDRESS, for the shell. */
  environment: Record<string, string>;
  busAddress: string;
  stop(): Promise<void>;
}

/** The tests' own user and the rig's may both connect; the usual session bus admits one user only. */
const busConfiguration = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;

export async function startPrivateSession(): Promise<PrivateSession> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'impetus-session-'));
  await chmod(folder, 0o755);
  const configuration = path.join(folder, 'bus.conf');
  await writeFile(configuration, busConfiguration);
  const [xServer, display] = await startAndRead('Xvfb', [
    '-displayfd',
    '1',
    '-screen',
    '0',
    '1280x900x24',
    '-nolisten',
    'tcp',
  ]);
  const [bus, busAddress] = await startAndRead(
    'dbus-daemon',
    [`--config-file=${configuration}`, '--nofork', '--print-address'],
    rigUser,
  );
  return {
    busAddress,
    environment: {
      DISPLAY: `:${display}`,
      DBUS_SESSION_BUS_ADDRESS: busAddress,
      XDG_CURRENT_DESKTOP: 'KDE',
      XDG_SESSION_TYPE: 'x11',
      NO_AT_BRIDGE: '1',
    },
    async stop() {
      for (const child of [bus, xServer]) await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Starts a daemon and reads its first line of output: the display number, the bus address. */
async function startAndRead(
  command: string,
  arguments_: string[],
  options: SpawnOptions = {},
): Promise<[ChildProcess, string]> {
  const child = spawn(command, arguments_, { ...options, stdio: ['ignore', 'pipe', 'ignore'] });
  if (!child.stdout) throw new Error(`${command} has no output.`);
  const lines = createInterface({ input: child.stdout });
  const first = once(lines, 'line') as Promise<[string]>;
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${command} ended with code ${String(code)} before it was ready.`);
  });
  const [line] = await Promise.race([first, failed]);
  failed.catch(() => undefined);
  return [child, line];
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
