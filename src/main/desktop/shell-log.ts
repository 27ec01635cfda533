/** What the shell writes to; the app's logger fits. */
export interface ShellLog {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
}

/** One JSON line per event, as the server writes them, while there is no logger of the server's own in this process. */
export function createLineLog(write: (line: string) => void): ShellLog {
  const line = (level: string, fields: Record<string, unknown>, message: string) =>
    write(`${JSON.stringify({ level, time: new Date().toISOString(), room: 'desktop', ...fields, msg: message })}\n`);
  return {
    info: (fields, message) => line('info', fields, message),
    warn: (fields, message) => line('warn', fields, message),
  };
}
