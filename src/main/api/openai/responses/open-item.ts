import type { OutputItem } from './output-items.ts';

/** Writes one event: its type and its members as JSON text. */
export type EventWriter = (type: string, members: string) => string;

/** An item of an answer that is being streamed: what it says comes as text ready to be sent. */
export interface OpenItem {
  open(): string;
  close(status: 'completed' | 'incomplete'): { frames: string; item: OutputItem };
}

/** The members of an event about an item. */
export function toItemMembers(index: number, item: OutputItem): string {
  return `"output_index":${index},"item":${JSON.stringify(item)}`;
}
