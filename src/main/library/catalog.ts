import { modelFactsSchema, modelTrustSchema, type ModelRecord, type ModelTrust } from '#shared/domain/model.ts';
import { wireErrorSchema, type WireError } from '#shared/errors/app-error.ts';
import type { Database, SqlRow } from '../storage/index.ts';

/** A model with what tells whether its file has changed. Aliases are given by the library, not kept here. */
export interface CatalogEntry {
  record: ModelRecord;
  /** The same file without links: two names for it are one model. */
  realPath: string;
  fingerprint: string;
}

/** A file that failed the pre-check, remembered so that an unchanged one is not read again. */
export interface BrokenEntry {
  path: string;
  fingerprint: string;
  problem: WireError;
}

/** The index of model files, in memory and in the database alike. */
export class Catalog {
  readonly #database: Database;
  readonly #entries = new Map<string, CatalogEntry>();
  readonly #idsByPath = new Map<string, string>();
  readonly #idsByRealPath = new Map<string, string>();
  readonly #broken = new Map<string, BrokenEntry>();
  readonly #forgotten: Set<string>;

  constructor(database: Database) {
    this.#database = database;
    for (const row of database.all('SELECT * FROM models')) this.#remember(toEntry(row));
    for (const row of database.all('SELECT * FROM broken_files')) {
      const broken = toBroken(row);
      if (broken) this.#broken.set(broken.path, broken);
    }
    const forgotten = database.all('SELECT path FROM forgotten_files');
    this.#forgotten = new Set(forgotten.map((row) => String(row['path'])));
  }

  list(): CatalogEntry[] {
    return [...this.#entries.values()];
  }

  get(id: string): CatalogEntry | undefined {
    return this.#entries.get(id);
  }

  findByPath(path: string): CatalogEntry | undefined {
    return this.#entries.get(this.#idsByPath.get(path) ?? '');
  }

  findByRealPath(realPath: string): CatalogEntry | undefined {
    return this.#entries.get(this.#idsByRealPath.get(realPath) ?? '');
  }

  /** Adds the model or replaces the one with its id; its path is broken or forgotten no longer. */
  put(entry: CatalogEntry): void {
    const { record, realPath, fingerprint } = entry;
    this.#database.transaction(() => {
      this.#database.run('DELETE FROM models WHERE id = ?', record.id);
      this.#database.run('DELETE FROM broken_files WHERE path = ?', record.path);
      this.#database.run('DELETE FROM forgotten_files WHERE path IN (?, ?)', record.path, realPath);
      this.#database.run(
        `INSERT INTO models (id, path, real_path, fingerprint, size_bytes, sha256, facts, trust, added_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        record.id,
        record.path,
        realPath,
        fingerprint,
        record.sizeBytes,
        record.sha256,
        JSON.stringify(record.facts),
        record.trust,
        record.addedAt,
      );
    });
    this.#drop(record.id);
    this.#remember(entry);
    this.#broken.delete(record.path);
    this.#forgotten.delete(record.path);
    this.#forgotten.delete(realPath);
  }

  setTrust(id: string, trust: ModelTrust): void {
    this.#change(id, 'UPDATE models SET trust = ? WHERE id = ?', { trust });
  }

  setSha256(id: string, sha256: string): void {
    this.#change(id, 'UPDATE models SET sha256 = ? WHERE id = ?', { sha256 });
  }

  /** Removes the model and remembers that its file is not wanted. */
  forget(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    const paths = [entry.record.path, entry.realPath];
    this.#database.transaction(() => {
      this.#database.run('DELETE FROM models WHERE id = ?', id);
      for (const path of paths) this.#database.run('INSERT OR IGNORE INTO forgotten_files (path) VALUES (?)', path);
    });
    this.#drop(id);
    for (const path of paths) this.#forgotten.add(path);
  }

  isForgotten(path: string): boolean {
    return this.#forgotten.has(path);
  }

  listBroken(): BrokenEntry[] {
    return [...this.#broken.values()];
  }

  getBroken(path: string): BrokenEntry | undefined {
    return this.#broken.get(path);
  }

  putBroken(broken: BrokenEntry): void {
    this.#database.run(
      'INSERT OR REPLACE INTO broken_files (path, fingerprint, problem) VALUES (?, ?, ?)',
      broken.path,
      broken.fingerprint,
      JSON.stringify(broken.problem),
    );
    this.#broken.set(broken.path, broken);
  }

  removeBroken(path: string): void {
    if (!this.#broken.delete(path)) return;
    this.#database.run('DELETE FROM broken_files WHERE path = ?', path);
  }

  #change(id: string, sql: string, change: { trust: ModelTrust } | { sha256: string }): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#database.run(sql, 'trust' in change ? change.trust : change.sha256, id);
    this.#entries.set(id, { ...entry, record: { ...entry.record, ...change } });
  }

  #remember(entry: CatalogEntry): void {
    const { id, path } = entry.record;
    this.#entries.set(id, entry);
    this.#idsByPath.set(path, id);
    this.#idsByRealPath.set(entry.realPath, id);
  }

  #drop(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.delete(id);
    this.#idsByPath.delete(entry.record.path);
    this.#idsByRealPath.delete(entry.realPath);
  }
}

/** Facts of another version of Impetus, or damaged, are read from the file again: the fingerprint is cleared. */
function toEntry(row: SqlRow): CatalogEntry {
  const facts = modelFactsSchema.required({ traits: true }).safeParse(parseJson(row['facts']));
  const trust = modelTrustSchema.safeParse(row['trust']);
  const path = String(row['path']);
  return {
    realPath: String(row['real_path']),
    fingerprint: facts.success ? String(row['fingerprint']) : '',
    record: {
      id: String(row['id']),
      aliases: [],
      path,
      sizeBytes: Number(row['size_bytes']),
      sha256: typeof row['sha256'] === 'string' ? row['sha256'] : null,
      facts: facts.success ? facts.data : unknownFacts(String(row['id'])),
      trust: trust.success ? trust.data : 'new',
      addedAt: String(row['added_at']),
    },
  };
}

function unknownFacts(name: string): ModelRecord['facts'] {
  return {
    format: 'gguf',
    architecture: 'unknown',
    name,
    quantization: 'unknown',
    parameterCount: null,
    trainedContext: null,
    layerCount: null,
    embeddingSize: null,
    vocabularySize: null,
    kvBytesPerToken: null,
    hasChatTemplate: false,
    sampling: {},
  };
}

function toBroken(row: SqlRow): BrokenEntry | undefined {
  const problem = wireErrorSchema.safeParse(parseJson(row['problem']));
  if (!problem.success) return undefined;
  return { path: String(row['path']), fingerprint: String(row['fingerprint']), problem: problem.data };
}

function parseJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
