import { createRequire } from 'node:module';
import { AppError } from '#shared/errors/app-error.ts';
import { parseTemplate, type Renderer } from './bounded-template.ts';
import { createLimitError } from './template-limits.ts';

interface JinjaAddon {
  AddonJinjaRenderer: new (template: string) => Renderer;
}

export interface NativeTemplateOptions {
  /** Path of the addon that holds the engine. */
  addonFile: string;
  /** True: the process may end with a template, because others go on in the next one. */
  mayEndProcess: boolean;
}

/**
 * A template in llama.cpp's own Jinja engine, which has no C function: the one private part of node-llama-cpp 3.22.1
 * that is used. It counts nothing, cannot be stopped, and a macro that calls itself for ever ends its process: where
 * the process must not end, only templates whose macros cannot do so are taken. Throws on a syntax error,
 * `template-failed` for such macros, `model-load-failed` when the part is not there.
 */
export function compileNative(template: string, { addonFile, mayEndProcess }: NativeTemplateOptions): Renderer {
  const program = parseTemplate(template);
  if (!mayEndProcess && mayCallItself(program)) throw createLimitError('depth');
  const addon: unknown = createRequire(import.meta.url)(addonFile);
  if (!hasRenderer(addon)) {
    throw new AppError('model-load-failed', 'node-llama-cpp has no AddonJinjaRenderer.', {
      hint: 'Install exactly node-llama-cpp 3.22.1 (npm ci).',
    });
  }
  return new addon.AddonJinjaRenderer(template);
}

function hasRenderer(addon: unknown): addon is JinjaAddon {
  return typeof addon === 'object' && addon !== null && typeof Reflect.get(addon, 'AddonJinjaRenderer') === 'function';
}

interface Macro {
  /** Other names in its body. */
  mentions: Set<string>;
}

/**
 * False when no macro can come back to itself: none is used as a value, none calls what it was given, and none leads to
 * itself over the names in its body.
 */
function mayCallItself(program: object): boolean {
  const macros = new Map<string, Macro>();
  for (const node of nodesOf(program)) {
    if (node.type !== 'Macro') continue;
    const name = nameOf(node['name']);
    const known = macros.get(name) ?? { mentions: new Set<string>() };
    for (const inner of nodesOf(node['body'])) if (inner.type === 'Identifier') known.mentions.add(nameOf(inner));
    macros.set(name, known);
  }
  const isReached = (name: string, goal: string, seen: Set<string>): boolean =>
    [...(macros.get(name)?.mentions ?? [])].some((next) => {
      if (next === goal) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return isReached(next, goal, seen);
    });
  return (
    [...macros.keys()].some((name) => isReached(name, name, new Set())) || passesMacros(program, new Set(macros.keys()))
  );
}

/** True when the name of a macro stands anywhere but in front of the parentheses of a call and at its definition. */
function passesMacros(program: object, names: ReadonlySet<string>): boolean {
  const called = new Set<unknown>();
  const nodes = nodesOf(program);
  for (const node of nodes) {
    if (node.type === 'CallExpression') called.add(node['callee']);
    if (node.type === 'Macro') called.add(node['name']);
  }
  return nodes.some((node) => node.type === 'Identifier' && names.has(nameOf(node)) && !called.has(node));
}

type SyntaxNode = Record<string, unknown> & { type: string };

/** Every node of a syntax tree, found by its shape. */
function nodesOf(root: unknown): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (isNode(value)) found.push(value);
    open.push(...childrenOf(value));
  }
  return found;
}

function childrenOf(value: object): unknown[] {
  if (value instanceof Map) return [...(value.keys() as Iterable<unknown>), ...(value.values() as Iterable<unknown>)];
  // The `b` of `a.b` names no variable.
  const isMember = Reflect.get(value, 'type') === 'MemberExpression' && Reflect.get(value, 'computed') !== true;
  const entries: [string, unknown][] = Object.entries(value);
  return entries.filter(([key]) => !(isMember && key === 'property')).map(([, child]) => child);
}

function isNode(value: object): value is SyntaxNode {
  return typeof Reflect.get(value, 'type') === 'string';
}

function nameOf(identifier: unknown): string {
  return String(Reflect.get(Object(identifier), 'value'));
}
