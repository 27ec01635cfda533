import type { Database, SqlRow } from './database.ts';

/** One answer that is kept, with what was put in for it. Both are JSON values. */
export interface StoredResponse {
  id: string;
  /** The answer it went on from. */
  previousId: string | null;
  input: unknown[];
  response: Record<string, unknown>;
}

/** Answers that a later request may go on from. Errors of every call: those of the database. */
export interface ResponseStore {
  put(stored: StoredResponse): void;
  get(id: string): StoredResponse | undefined;
  /**
   * The answer with all it went on from, the oldest first; undefined when one of them is gone. They count as used now:
   * a conversation stays or goes as a whole.
   */
  conversation(id: string): StoredResponse[] | undefined;
  /** False when there was none. */
  remove(id: string): boolean;
  clear(): void;
}

export interface ResponseStoreOptions {
  database: Database;
  /** Ms since 1970; default: the clock of the machine. */
  now?: () => number;
  /** What is not used for so long goes; default 30 days. */
  keepMs?: number;
  /** Beyond so many bytes the least recently used go; default 256 MB. */
  maxBytes?: number;
}

const dayMs = 86_400_000;
/** Chains are followed so far; a longer one is cut off as if its beginning were gone. */
const maxTurns = 10_000;
/** What is kept is counted when so many bytes are new. */
const countEveryBytes = 4_000_000;

/** Keeps answers in the database, the least recently used ones not for ever. */
export function openResponseStore(options: ResponseStoreOptions): ResponseStore {
  const { database, now = Date.now, keepMs = 30 * dayMs, maxBytes = 256_000_000 } = options;
  let uncountedBytes = Infinity;
  const get = (id: string) => database.all('SELECT * FROM responses WHERE id = ?', id).map(toStored)[0];
  return {
    get,
    put({ id, previousId, input, response }) {
      const [inputText, responseText] = [JSON.stringify(input), JSON.stringify(response)];
      const sizeBytes = Buffer.byteLength(inputText) + Buffer.byteLength(responseText);
      database.transaction(() => {
        database.run(
          `INSERT OR REPLACE INTO responses (id, previous_id, used_at, size_bytes, input, response)
           VALUES (?, ?, ?, ?, ?, ?)`,
          id,
          previousId,
          now(),
          sizeBytes,
          inputText,
          responseText,
        );
      });
      uncountedBytes += sizeBytes;
      if (uncountedBytes < Math.min(countEveryBytes, maxBytes / 16)) return;
      uncountedBytes = 0;
      database.transaction(() => forget(database, { before: now() - keepMs, maxBytes }));
    },
    conversation(id) {
      const turns: StoredResponse[] = [];
      for (let next: string | null = id; next !== null;) {
        const turn: StoredResponse | undefined = turns.length < maxTurns ? get(next) : undefined;
        if (!turn) return undefined;
        turns.push(turn);
        next = turn.previousId;
      }
      const usedAt = now();
      database.transaction(() => {
        for (const turn of turns) database.run('UPDATE responses SET used_at = ? WHERE id = ?', usedAt, turn.id);
      });
      return turns.reverse();
    },
    remove(id) {
      if (!get(id)) return false;
      database.run('DELETE FROM responses WHERE id = ?', id);
      return true;
    },
    clear: () => database.run('DELETE FROM responses'),
  };
}

/** Conversations go as a whole: all their turns were used at the same time. */
function forget(database: Database, { before, maxBytes }: { before: number; maxBytes: number }): void {
  database.run('DELETE FROM responses WHERE used_at < ?', before);
  const [total] = database.all('SELECT coalesce(sum(size_bytes), 0) AS bytes FROM responses');
  let excess = Number(total?.['bytes']) - maxBytes;
  while (excess > 0) {
    const [oldest] = database.all(
      'SELECT used_at, sum(size_bytes) AS bytes FROM responses GROUP BY used_at ORDER BY used_at LIMIT 1',
    );
    if (!oldest) return;
    database.run('DELETE FROM responses WHERE used_at = ?', Number(oldest['used_at']));
    excess -= Number(oldest['bytes']);
  }
}

function toStored(row: SqlRow): StoredResponse {
  return {
    id: String(row['id']),
    previousId: typeof row['previous_id'] === 'string' ? row['previous_id'] : null,
    input: JSON.parse(String(row['input'])) as unknown[],
    response: JSON.parse(String(row['response'])) as Record<string, unknown>,
  };
}
