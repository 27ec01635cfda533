import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Inference } from '../../inference/index.ts';
import type { MetricsRegistry } from '../../gateway/index.ts';
import type { RouteRow } from '../route-table.ts';
import { encodeReadiness } from './readiness.ts';

export interface OperationsOptions {
  inference: Inference;
  metrics: Pick<MetricsRegistry, 'render'>;
  version: string;
  /** What the root answers on this port of ours; undefined for Impetus' own words. */
  greetingAt?: ((port: number) => string | undefined) | undefined;
}

/** Is it up, can it answer, what has it done. */
export function operationsRoutes({ inference, metrics, version, greetingAt }: OperationsOptions): RouteRow[] {
  const health = () => ({ status: 'ok', version, timestamp: new Date().toISOString() });
  const ready = async (_: unknown, reply: FastifyReply) => {
    const { status, body } = encodeReadiness(await inference.readiness(), inference.listModels());
    return reply.code(status).send(body);
  };
  const scrape = async (_: unknown, reply: FastifyReply) => {
    const { contentType, body } = await metrics.render();
    return reply.type(contentType).send(body);
  };
  const greet = ({ raw }: FastifyRequest, reply: FastifyReply) => {
    const greeting = greetingAt?.(raw.socket.localPort ?? 0) ?? 'Impetus is running';
    return reply.type('text/plain; charset=utf-8').send(greeting);
  };
  return [
    { method: 'GET', path: '/', access: 'open', handler: greet },
    { method: 'GET', path: '/health', access: 'open', handler: health },
    { method: 'GET', path: '/v1/health', access: 'open', handler: health },
    { method: 'GET', path: '/ready', access: 'open', handler: ready },
    { method: 'GET', path: '/metrics', access: 'inference', handler: scrape },
  ];
}
