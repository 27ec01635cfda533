import { accept, peekUnit, type Reading, skipSpace } from '../answer-input.ts';
import { readPythonValue } from '../python-literal.ts';
import { type CallContext, completeCall, readHeader } from './call-context.ts';

/** Reads `name(key=value, …)`; values are Python literals or JSON. */
export function* readPythonCall(context: CallContext): Reading<boolean> {
  const { input, writer } = context;
  yield* skipSpace(input);
  const header = yield* readHeader(context, ['(']);
  const name = header?.trim().replace(/^functions\.|\.call$/g, '');
  if (name === undefined || !writer.startCall(name)) return false;
  input.take(1);
  writer.writeArguments('{');
  if (!(yield* readArguments(context))) return false;
  writer.writeArguments('}');
  completeCall(context);
  return true;
}

/** Up to and including the closing bracket. */
function* readArguments(context: CallContext): Reading<boolean> {
  const { input, writer, decode } = context;
  for (let count = 0; ; count++) {
    yield* skipSpace(input);
    if (yield* accept(input, ')')) return true;
    if (count > 0) {
      if (!(yield* accept(input, ','))) return false;
      yield* skipSpace(input);
      if (yield* accept(input, ')')) return true;
    }
    const key = yield* readHeader(context, ['=']);
    if (key === undefined || !/^[\w.-]+$/.test(key.trim())) return false;
    input.take(1);
    const value = yield* readPythonValue(input);
    if (value === undefined || !isEndOfValue(yield* peekAfterSpace(context))) return false;
    writer.writeArguments(`${count > 0 ? ', ' : ''}${JSON.stringify(key.trim())}: ${decode(value)}`);
  }
}

function* peekAfterSpace({ input }: CallContext): Reading<string> {
  yield* skipSpace(input);
  return yield* peekUnit(input);
}

function isEndOfValue(unit: string): boolean {
  return unit === ',' || unit === ')';
}
