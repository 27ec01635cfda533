import { createLlamaEngine } from '../llama-cpp/llama-engine.ts';
import { openParentLink } from './parent-link.ts';
import { serveEngine } from './serve-engine.ts';

// The whole program of an engine child: one GGUF model behind the host protocol.
serveEngine(createLlamaEngine({ placement: 'child' }), openParentLink());
