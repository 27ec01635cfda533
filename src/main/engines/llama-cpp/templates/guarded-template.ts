import { isAppError } from '#shared/errors/app-error.ts';
import { compileBounded, type Renderer } from './bounded-template.ts';
import { compileNative, type NativeTemplateOptions } from './native-template.ts';
import type { TemplateLimits } from './template-limits.ts';

/**
 * A template in llama.cpp's engine, whose text it is, after a run in the counted engine: a template that is too long or
 * too large is stopped there, before it reaches the one that nobody can stop. Where one of the two cannot read it, the
 * other's text is taken. Throws when neither can. Errors of `render`: `template-failed` at a limit, else the template's.
 */
export function compileGuarded(
  template: string,
  { limits, native }: { limits: TemplateLimits; native: NativeTemplateOptions | undefined },
): Renderer {
  const counted = attempt(() => compileBounded(template, limits));
  const own = native ? attempt(() => compileNative(template, native)) : counted;
  if ('failure' in own && 'failure' in counted) throw isAppError(counted.failure) ? counted.failure : own.failure;
  return {
    render(variables) {
      const guard = attempt(() => valueOf(counted).render(variables));
      if (!native || ('failure' in guard && isAppError(guard.failure))) return valueOf(guard);
      const rendered = attempt(() => valueOf(own).render(variables));
      return valueOf('failure' in rendered && 'value' in guard ? guard : rendered);
    },
  };
}

type Outcome<Value> = { value: Value } | { failure: unknown };

function attempt<Value>(work: () => Value): Outcome<Value> {
  try {
    return { value: work() };
  } catch (failure) {
    return { failure };
  }
}

function valueOf<Value>(outcome: Outcome<Value>): Value {
  if ('value' in outcome) return outcome.value;
  throw outcome.failure;
}
