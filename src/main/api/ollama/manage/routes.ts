import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { ModelRecord } from '#shared/domain/model.ts';
import { AppError, isAppError } from '#shared/errors/app-error.ts';
import { beginRequest, toHonestHeaders, type DialectOptions } from '../../begin.ts';
import type { Endpoint } from '../../field-table.ts';
import type { ManagedLibrary } from '../../managed-library.ts';
import type { RouteRow } from '../../route-table.ts';
import { invalidParameter } from '../../validate.ts';
import { sendLines } from '../lines.ts';
import { findModel } from '../model-names.ts';
import { toDigest } from '../models/encode.ts';
import type { BlobStore } from './blob-store.ts';
import { addAlias, findByAlias, removeAlias } from './names.ts';
import { placeFiles } from './place-files.ts';
import { copySchema, createSchema, deleteSchema, pullSchema } from './schema.ts';

export interface ManageOptions extends DialectOptions {
  library: ManagedLibrary;
  blobs: BlobStore;
  /** Where uploaded models go. */
  modelsFolder: string;
}

type Answer = (options: ManageOptions, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

export function ollamaManageRoutes(options: ManageOptions): RouteRow[] {
  const bind = (answer: Answer) => (request: FastifyRequest, reply: FastifyReply) => answer(options, request, reply);
  return [
    { method: 'POST', path: '/api/pull', access: 'inference', handler: bind(pull) },
    { method: 'POST', path: '/api/push', access: 'inference', handler: () => refusePush() },
    { method: 'POST', path: '/api/create', access: 'management', handler: bind(create) },
    { method: 'POST', path: '/api/copy', access: 'management', handler: bind(copy) },
    { method: 'DELETE', path: '/api/delete', access: 'management', handler: bind(remove) },
  ];
}

/** Their bodies are files of any size, read as they come. */
export function ollamaBlobRoutes(options: ManageOptions): RouteRow[] {
  const bind = (answer: Answer) => (request: FastifyRequest, reply: FastifyReply) => answer(options, request, reply);
  return [
    { method: 'HEAD', path: '/api/blobs/:digest', access: 'management', handler: bind(findBlob) },
    { method: 'POST', path: '/api/blobs/:digest', access: 'management', handler: bind(addBlob) },
  ];
}

/** A model that is there is told as fetched; there is nothing to fetch others with yet. */
async function pull(options: ManageOptions, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { body, headers } = begin(options, request, { endpoint: 'ollama-pull', schema: pullSchema });
  const name = requireName(body);
  const isStream = body.stream !== false;
  const manifest = { status: 'pulling manifest' };
  void reply.headers(headers);
  const model = tryFind(options, name);
  if (!model) {
    const error = toUnknownPull(name);
    if (!isStream) throw error;
    return sendLines(reply, [manifest, { error: `${error.message} ${error.hint ?? ''}` }], true);
  }
  const digest = toDigest(model);
  const lines = [
    manifest,
    {
      status: `pulling ${digest.slice(0, 12)}`,
      digest: `sha256:${digest}`,
      total: model.sizeBytes,
      completed: model.sizeBytes,
    },
    { status: 'verifying sha256 digest' },
    { status: 'writing manifest' },
    { status: 'success' },
  ];
  return sendLines(reply, lines, isStream);
}

function tryFind({ inference }: ManageOptions, name: string) {
  try {
    return findModel(inference, name);
  } catch (error) {
    if (isAppError(error) && error.code === 'model-not-found') return undefined;
    throw error;
  }
}

/** The words are those that clients know. */
function toUnknownPull(name: string): AppError {
  return new AppError('not-found', 'pull model manifest: file does not exist.', {
    hint: `Impetus cannot fetch models yet. Download a GGUF file of ${name.slice(0, 200)} and add it with: impetus import FILE.gguf`,
  });
}

function refusePush(): never {
  throw new AppError('not-available', 'Impetus sends no model anywhere.', {
    hint: 'Upload the GGUF file with the tools of the place it should go to.',
  });
}

/** Another name for a model that is there, or a model made of uploaded files. */
async function create(options: ManageOptions, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { library, blobs, modelsFolder } = options;
  const { body, headers } = begin(options, request, { endpoint: 'ollama-create', schema: createSchema });
  const name = requireName(body);
  const { from, files } = body;
  let model: ModelRecord;
  if (files && Object.keys(files).length > 0) {
    model = await library.import(await placeFiles({ name, files }, { blobs, modelsFolder }));
  } else if (from === undefined) throw invalidParameter('from', "neither 'from' or 'files' was specified");
  else model = findModel(options.inference, from);
  await addAlias(library, model, name);
  const lines = ['reading model metadata', 'writing manifest', 'success'].map((status) => ({ status }));
  return sendLines(reply.headers(headers), lines, body.stream !== false);
}

async function copy(options: ManageOptions, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { body, headers } = begin(options, request, { endpoint: 'ollama-copy', schema: copySchema });
  await addAlias(options.library, findModel(options.inference, body.source), body.destination);
  return reply.headers(headers).send();
}

/** A name that the user gave goes alone; else the model leaves the list. Its file is the user's and stays. */
async function remove(options: ManageOptions, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { library, inference } = options;
  const { body, headers } = begin(options, request, { endpoint: 'ollama-delete', schema: deleteSchema });
  const name = requireName(body);
  void reply.headers(headers);
  const named = findByAlias(library, name);
  if (named) {
    await removeAlias(library, named, name);
    return reply.send();
  }
  const { id } = requireModel(options, name);
  await inference.unload(id);
  library.forget(id);
  return reply.header('x-impetus-applied', 'file=kept').send();
}

/** Also one whose file is gone. */
function requireModel({ library, inference }: ManageOptions, name: string): ModelRecord {
  try {
    return library.require(name);
  } catch (error) {
    if (isAppError(error) && error.code === 'model-not-found') return findModel(inference, name);
    throw error;
  }
}

async function findBlob({ blobs }: ManageOptions, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const digest = readDigest(request);
  if ((await blobs.find(digest)) !== undefined) return reply.send();
  throw new AppError('not-found', `blob ${JSON.stringify(digest.slice(0, 100))} not found`);
}

async function addBlob({ blobs }: ManageOptions, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const isNew = await blobs.add(readDigest(request), request.body as Readable);
  return reply.code(isNew ? 201 : 200).send();
}

function readDigest(request: FastifyRequest): string {
  return (request.params as { digest: string }).digest;
}

interface Named {
  model?: string | undefined;
  name?: string | undefined;
}

function requireName({ model, name }: Named): string {
  const given = model || name;
  if (given) return given;
  throw invalidParameter('model', 'it is missing');
}

function begin<Schema extends z.ZodType>(
  options: ManageOptions,
  request: FastifyRequest,
  question: { endpoint: Endpoint; schema: Schema },
): { body: z.infer<Schema>; headers: Record<string, string> } {
  const { body, ignored } = beginRequest(request, question);
  const { endpoint } = question;
  const facts = { endpoint, ignored, requestedModel: undefined, model: '' };
  return { body, headers: toHonestHeaders(request, options, facts) };
}
