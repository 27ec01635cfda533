import path from 'node:path';

/**
 * The name under which a file is kept when it cannot be used as it is: `settings.corrupt-20261121T103000512.json` for
 * `settings.json` and the label `corrupt`. The time is UTC, to the millisecond.
 */
export function keepAside(file: string, { label, time }: { label: string; time: Date }): string {
  const { dir, name, ext } = path.parse(file);
  const stamp = time.toISOString().replace(/[-:.Z]/g, '');
  return path.join(dir, `${name}.${label}-${stamp}${ext}`);
}
