import type { Endpoint } from '#main/api/field-table.ts';

/** `METHOD /path`, as the router has it. */
export type RouteName = `${'GET' | 'HEAD' | 'POST' | 'DELETE'} /${string}`;

/** An endpoint whose request fields are tabled. */
export interface TabledRoute {
  endpoint: Endpoint;
  title: string;
  routes: readonly RouteName[];
  /** Only what differs from this endpoint is listed. */
  like?: Endpoint;
  note?: string;
}

/** Routes without a body of fields. */
export interface PlainRoute {
  routes: readonly RouteName[];
  says: string;
}

/** One dialect as its clients meet it. */
export interface Section {
  title: string;
  /** What to enter in a client, below `http://127.0.0.1:11535`. */
  baseUrl: string;
  introduction: string;
  tabled: readonly TabledRoute[];
  plain: readonly PlainRoute[];
}

const both = (path: `/${string}`): RouteName[] => [`POST /v1${path}`, `POST ${path}`];

const openAi: Section = {
  title: 'OpenAI',
  baseUrl: '/v1',
  introduction:
    'For the official `openai` packages, the AI SDK, Cline, Continue, Codex and everything else that takes a base URL. Any API key will do on this machine. ' +
    'The extra fields of llama-server, vLLM, Ollama and LM Studio are understood beside those of OpenAI. Text only: images, sound and files inside messages are refused by name.',
  tabled: [
    { endpoint: 'openai-chat', title: 'Chat completions', routes: both('/chat/completions') },
    {
      endpoint: 'openai-chat',
      title: 'Tokens of a chat',
      routes: both('/chat/completions/input_tokens'),
      like: 'openai-chat',
      note: 'The whole request is checked like a chat; the answer is the number of tokens it would put in.',
    },
    { endpoint: 'openai-responses', title: 'Responses', routes: both('/responses') },
    { endpoint: 'openai-responses-input', title: 'Tokens of an input', routes: both('/responses/input_tokens') },
    { endpoint: 'openai-responses-compact', title: 'Compaction', routes: both('/responses/compact') },
    { endpoint: 'openai-completions', title: 'Completions', routes: both('/completions'), like: 'openai-chat' },
    {
      endpoint: 'openai-embeddings',
      title: 'Embeddings',
      routes: both('/embeddings'),
      note: '`/embeddings` answers in llama-server’s form when the body has `content`.',
    },
    {
      endpoint: 'openai-fim',
      title: 'Fill in the middle (Mistral)',
      routes: both('/fim/completions'),
      like: 'openai-chat',
    },
  ],
  plain: [
    { routes: ['GET /v1/models', 'GET /models'], says: 'the models, loaded ones first' },
    { routes: ['GET /v1/models/*', 'GET /models/*'], says: 'one model, by its id or an alias, slashes and all' },
    { routes: ['GET /v1/responses/:id', 'GET /responses/:id'], says: 'a kept answer' },
    { routes: ['DELETE /v1/responses/:id', 'DELETE /responses/:id'], says: 'forgets a kept answer' },
    {
      routes: ['POST /v1/responses/:id/cancel', 'POST /responses/:id/cancel'],
      says: 'refused: answers are made while the request is open, closing it ends them',
    },
    {
      routes: ['GET /v1/responses/:id/input_items', 'GET /responses/:id/input_items'],
      says: 'what a kept answer was given',
    },
  ],
};

const anthropic: Section = {
  title: 'Anthropic',
  baseUrl: '',
  introduction:
    'For Claude Code (`ANTHROPIC_BASE_URL`) and `@anthropic-ai/sdk`. Clients that send the header `anthropic-version` get the list of models, and every error, in this dialect. ' +
    'The changing billing line that Claude Code puts before its system prompt is removed, so that the prompt is reused; `x-impetus-applied` says so.',
  tabled: [
    { endpoint: 'anthropic-messages', title: 'Messages', routes: both('/messages') },
    { endpoint: 'anthropic-count', title: 'Tokens of a message', routes: both('/messages/count_tokens') },
  ],
  plain: [],
};

const ollama: Section = {
  title: 'Ollama',
  baseUrl: '',
  introduction:
    'For the `ollama` packages and every program with an Ollama provider. Port 11434 is taken as well when it is free and Ollama is not installed. Names are understood with and without a tag.',
  tabled: [
    { endpoint: 'ollama-chat', title: 'Chat', routes: ['POST /api/chat'] },
    { endpoint: 'ollama-generate', title: 'Generate', routes: ['POST /api/generate'], like: 'ollama-chat' },
    { endpoint: 'ollama-embed', title: 'Embed', routes: ['POST /api/embed'] },
    { endpoint: 'ollama-embeddings', title: 'Embeddings (older)', routes: ['POST /api/embeddings'] },
    {
      endpoint: 'ollama-options',
      title: 'Members of `options`',
      routes: [],
      note: 'For every request above. Headers and errors call them `options.NAME`.',
    },
    { endpoint: 'ollama-show', title: 'Show', routes: ['POST /api/show'] },
    {
      endpoint: 'ollama-pull',
      title: 'Pull',
      routes: ['POST /api/pull'],
      note: 'A model that is present is reported as fetched. Others are not fetched: the answer is the error that the file does not exist, and how to add one.',
    },
    {
      endpoint: 'ollama-create',
      title: 'Create',
      routes: ['POST /api/create'],
      note: 'Needs the right to manage models.',
    },
    { endpoint: 'ollama-copy', title: 'Copy', routes: ['POST /api/copy'], note: 'Needs the right to manage models.' },
    {
      endpoint: 'ollama-delete',
      title: 'Delete',
      routes: ['DELETE /api/delete'],
      note: 'Needs the right to manage models. The model leaves the list; its file is yours and stays, and `x-impetus-applied: file=kept` says so.',
    },
  ],
  plain: [
    { routes: ['GET /api/version'], says: 'the version of Ollama whose API this is' },
    { routes: ['GET /api/tags'], says: 'the models' },
    { routes: ['GET /api/ps'], says: 'the models in memory' },
    { routes: ['POST /api/push'], says: 'refused: Impetus sends no model anywhere' },
    {
      routes: ['HEAD /api/blobs/:digest', 'POST /api/blobs/:digest'],
      says: 'asks for an uploaded file, uploads one; needs the right to manage models',
    },
  ],
};

const lmStudio: Section = {
  title: 'LM Studio',
  baseUrl: '',
  introduction:
    'For programs with an LM Studio provider. Port 1234 is taken as well when it is free and LM Studio is not installed. Under `/api/v0` stand OpenAI’s endpoints with figures beside the answers.',
  tabled: [
    {
      endpoint: 'openai-chat',
      title: 'Chat completions',
      routes: ['POST /api/v0/chat/completions'],
      like: 'openai-chat',
    },
    {
      endpoint: 'openai-completions',
      title: 'Completions',
      routes: ['POST /api/v0/completions'],
      like: 'openai-completions',
    },
    {
      endpoint: 'openai-embeddings',
      title: 'Embeddings',
      routes: ['POST /api/v0/embeddings'],
      like: 'openai-embeddings',
    },
    { endpoint: 'lm-studio-load', title: 'Load', routes: ['POST /api/v1/models/load'] },
    { endpoint: 'lm-studio-unload', title: 'Unload', routes: ['POST /api/v1/models/unload'] },
    {
      endpoint: 'lm-studio-download',
      title: 'Download',
      routes: ['POST /api/v1/models/download'],
      note: 'A model that is present is `already_downloaded`; others are 404.',
    },
  ],
  plain: [
    { routes: ['GET /api/v0/models', 'GET /api/v1/models'], says: 'the models, in the form of v0 and v1' },
    { routes: ['GET /api/v0/models/*'], says: 'one model' },
    { routes: ['GET /api/v1/models/download/status/:job'], says: '404: there are no downloads' },
    { routes: ['POST /api/v1/chat'], says: 'refused: chats are at `/v1/chat/completions` and `/v1/responses`' },
  ],
};

const llamaServer: Section = {
  title: 'llama-server',
  baseUrl: '',
  introduction:
    'For llama.vim, llama.vscode and everything written for llama.cpp’s own server. `/completions` is OpenAI’s here, with and without `/v1`.',
  tabled: [
    { endpoint: 'llama-completion', title: 'Completion', routes: ['POST /completion'], like: 'openai-completions' },
    {
      endpoint: 'llama-infill',
      title: 'Infill',
      routes: ['POST /infill', 'POST /v1/infill'],
      like: 'llama-completion',
    },
    { endpoint: 'llama-embedding', title: 'Embedding', routes: ['POST /embedding'] },
    { endpoint: 'llama-tokenize', title: 'Tokenize', routes: both('/tokenize') },
    { endpoint: 'llama-detokenize', title: 'Detokenize', routes: both('/detokenize') },
    { endpoint: 'llama-apply-template', title: 'Apply template', routes: both('/apply-template'), like: 'openai-chat' },
    { endpoint: 'llama-load', title: 'Load', routes: ['POST /models/load'] },
    { endpoint: 'llama-unload', title: 'Unload', routes: ['POST /models/unload'] },
  ],
  plain: [
    { routes: ['GET /props'], says: 'the context, the template and the defaults of a model' },
    { routes: ['GET /slots'], says: 'the sequences of a model in memory' },
    { routes: ['GET /lora-adapters'], says: 'the adapters that `lora` may name' },
  ],
};

const rerank: Section = {
  title: 'Rerank',
  baseUrl: '/v1',
  introduction:
    'For the clients of Jina, Cohere, Voyage, llama-server and Text Embeddings Inference. `/v2/rerank` is Cohere’s, with scores between 0 and 1; elsewhere scores are the model’s own.',
  tabled: [
    {
      endpoint: 'rerank',
      title: 'With `documents`',
      routes: [
        'POST /v1/rerank',
        'POST /rerank',
        'POST /v1/reranking',
        'POST /reranking',
        'POST /api/v1/rerank',
        'POST /v2/rerank',
      ],
    },
    {
      endpoint: 'text-rerank',
      title: 'With `texts`',
      routes: [],
      note: 'At the same paths, in the form of Text Embeddings Inference, when the body has `texts` and no `documents`.',
    },
  ],
  plain: [],
};

const operations: Section = {
  title: 'The server itself',
  baseUrl: '',
  introduction: 'For scripts and monitors.',
  tabled: [],
  plain: [
    { routes: ['GET /'], says: 'one line of text, for programs that ask whether somebody is there' },
    { routes: ['GET /health', 'GET /v1/health'], says: 'that the server is up' },
    { routes: ['GET /ready'], says: 'whether a model can answer; 503 with the reason when none can' },
    { routes: ['GET /metrics'], says: 'figures for Prometheus' },
  ],
};

/** In the order of the document. */
export const sections: readonly Section[] = [openAi, anthropic, ollama, lmStudio, llamaServer, rerank, operations];

/** A path that clients know and that is not served: its answer is 404 in JSON. */
export const notServed: readonly { routes: readonly RouteName[]; instead: string }[] = [
  {
    routes: ['POST /v1/audio/transcriptions', 'POST /v1/audio/translations', 'POST /v1/audio/speech'],
    instead: 'No model here hears or speaks yet.',
  },
  {
    routes: ['POST /v1/images/generations', 'POST /v1/images/edits', 'POST /v1/images/variations'],
    instead: 'No model here draws yet.',
  },
  { routes: ['POST /v1/moderations'], instead: 'There is no moderation.' },
  {
    routes: ['GET /v1/files', 'POST /v1/files', 'POST /v1/uploads'],
    instead: 'Nothing is stored but answers of the Responses API.',
  },
  {
    routes: ['POST /v1/batches', 'POST /v1/fine_tuning/jobs', 'POST /v1/messages/batches'],
    instead: 'Requests are answered while they are open.',
  },
  {
    routes: ['POST /v1/assistants', 'POST /v1/threads', 'POST /v1/vector_stores', 'POST /v1/conversations'],
    instead: '`previous_response_id` of the Responses API goes on from an answer.',
  },
  { routes: ['GET /v1/realtime'], instead: 'Clients that ask for a WebSocket get 404 and go on over HTTP.' },
  { routes: ['POST /v1/complete'], instead: 'Anthropic’s older API; `/v1/messages` is the present one.' },
];

/** What is told as clients expect it, though it is not quite so here. */
export const fictions: readonly { where: string; told: string; truth: string }[] = [
  {
    where: '`GET /api/version`',
    told: 'a version of Ollama',
    truth: 'It is the version of the API that is spoken; clients refuse what looks too old.',
  },
  {
    where: '`GET /` on port 11434',
    told: '`Ollama is running`',
    truth: 'Clients look for these words. On every other port it is `Impetus is running`.',
  },
  {
    where: '`/api/v0/models`: `compatibility_type`; `/api/v1/models`: `format`',
    told: '`gguf`',
    truth: 'Strict readers know two words only, and this is the nearer one, whatever the format.',
  },
  {
    where: 'Models in Anthropic’s form: `lifecycle`',
    told: '`active`',
    truth: 'A file of yours is never retired.',
  },
];
