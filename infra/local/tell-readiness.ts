import { setTimeout as wait } from 'node:timers/promises';

/** How often the services are asked whether they can work, in ms. */
const askEveryMs = 2_000;

/** A service, by name, and where it answers. */
export interface AskedService {
  readonly name: string;
  readonly url: string;
}

/** `true`, or why a service cannot work now. */
export const readinessOf = async ({ url }: AskedService): Promise<true | string> => {
  try {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(askEveryMs) });
    const { reasons } = (await answer.json()) as { readonly reasons?: readonly string[] };
    return answer.ok || (reasons ?? [`it answered with ${answer.status}`]).join('; ');
  } catch {
    return 'it does not answer';
  }
};

/**
 * Says when a service can no longer work, and when it can again: what runs on is no proof of that.
 * @param tell takes a line for a person
 */
export const tellReadiness = (
  services: readonly AskedService[],
  tell: (line: string) => void,
  ask = readinessOf,
  everyMs = askEveryMs,
): AsyncDisposable => {
  const stop = new AbortController();
  const told = new Map<string, true | string>();
  const look = async (service: AskedService): Promise<void> => {
    const now = await ask(service);
    // The text may count seconds: one line for as long as it lasts.
    if (stop.signal.aborted || (now === true) === ((told.get(service.name) ?? true) === true)) return;
    told.set(service.name, now);
    tell(now === true ? `  ${service.name} is ready again` : `  ! ${service.name} is not ready: ${now}`);
  };
  const watching = (async () => {
    while (!stop.signal.aborted) {
      await Promise.all(services.map(look));
      await wait(everyMs, undefined, { signal: stop.signal }).catch(() => {});
    }
  })();
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await watching;
    },
  };
};
