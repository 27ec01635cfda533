import path from 'node:path';
import { createLlamaEngine } from '../llama-cpp/llama-engine.ts';
import { openParentLink } from './parent-link.ts';
import { serveEngine } from './serve-engine.ts';

// The whole program of an engine child: one GGUF model behind the host protocol. Built, all threads lie beside it.
const isSource = import.meta.filename.endsWith('.ts');
const templateEntry = isSource ? {} : { templateEntry: path.join(import.meta.dirname, 'templates.js') };

serveEngine(createLlamaEngine({ placement: 'child', ...templateEntry }), openParentLink());
