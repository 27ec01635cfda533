import { useEffect, useState } from 'react';
import type { ModelSummary } from '#shared/domain/model.ts';
import type { Passport } from '#shared/domain/passport.ts';
import { useControl } from '../../control/control-context.ts';

/** The whole passport of a model, read again when its summary changes; undefined until it is there or when there is none. */
export function usePassport({ id, passport: summary }: ModelSummary): Passport | undefined {
  const { client } = useControl();
  const [found, setFound] = useState<{ id: string; passport: Passport }>();
  const version = summary && `${summary.testedAt} ${summary.isComplete} ${summary.passed.length}`;

  useEffect(() => {
    if (version === undefined) return;
    let isWanted = true;
    client.command('models.show', { model: id }).then(
      ({ passport }) => {
        if (isWanted && passport) setFound({ id, passport });
      },
      // The list says already what is wrong with the model or the connection.
      () => undefined,
    );
    return () => {
      isWanted = false;
    };
  }, [client, id, version]);

  return found?.id === id ? found.passport : undefined;
}
