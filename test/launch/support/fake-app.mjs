/**
 * Stands in for the built app in tests of the launcher: same flags, same instance file, same /health, same ready line,
 * drains on SIGTERM. FAKE_APP=crash|hang|silent|slow-drain changes its manners; FAKE_APP_LOG gets a line per event.
 */
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';

const flag = (name) => process.argv[process.argv.indexOf(name) + 1];
const manners = process.env.FAKE_APP ?? '';
const log = (text) => process.env.FAKE_APP_LOG && appendFileSync(process.env.FAKE_APP_LOG, `${text}\n`);

log(`started ${process.pid} ${process.argv.slice(2).join(' ')}`);
if (manners === 'crash') {
  process.stderr.write('the fake app has no wish to run\n');
  process.exit(7);
}
if (manners === 'port-busy') {
  process.stderr.write('Port 1234 is in use by process 99.\n');
  process.exit(3);
}
if (manners === 'hang') setInterval(() => undefined, 1_000);
else serve();

function serve() {
  const instance = path.join(flag('--home'), 'run', 'instance.json');
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(request.url === '/health' ? '{"status":"ok"}' : '{"error":{}}');
  });
  server.listen(Number(flag('--port') ?? 0), '127.0.0.1', () => {
    const { port } = server.address();
    mkdirSync(path.dirname(instance), { recursive: true });
    writeFileSync(instance, JSON.stringify({ pid: process.pid, port, version: '0.0.0', startedAt: '' }));
    if (manners !== 'silent') process.stdout.write(`Impetus is ready at http://127.0.0.1:${port}\n`);
  });
  const stop = (signal) => {
    log(`draining after ${signal}`);
    setTimeout(
      () => {
        rmSync(instance, { force: true });
        log('stopped');
        process.exit(0);
      },
      manners === 'slow-drain' ? 700 : 50,
    );
  };
  process.once('SIGTERM', () => stop('SIGTERM'));
  process.once('SIGINT', () => stop('SIGINT'));
}
