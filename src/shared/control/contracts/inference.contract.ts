import { generationEventSchema, generationRequestSchema } from '../../domain/generation.ts';
import { channel } from '../define-contract.ts';

export const inferenceChannels = { 'inference.chat': channel(generationRequestSchema, generationEventSchema) } as const;
