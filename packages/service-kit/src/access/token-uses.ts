import { serviceNames, type Instant, type ServiceName } from '@earshot/contracts';
import type { Marks } from '@earshot/event-log';
import type { Logger } from '../logging/logger.ts';

/** How exactly the last use of a token is known, in ms. */
const exactToMs = 60_000;

const markOf = (id: string): string => `api-token-${id}`;

export interface TokenUsesOptions {
  readonly service: ServiceName;
  readonly marks: Marks;
  readonly now: () => Instant;
  readonly logger: Logger;
}

/** Notes that an API token was used here: at most once a minute for each, as nobody needs to know it better. */
export const noteTokenUses = ({ service, marks, now, logger }: TokenUsesOptions): ((id: string) => void) => {
  const noted = new Map<string, number>();
  return (id) => {
    const at = now();
    if (Date.parse(at) - (noted.get(id) ?? -Infinity) < exactToMs) return;
    noted.set(id, Date.parse(at));
    marks
      .save(service, markOf(id), at)
      .catch((error: unknown) => logger.warn({ error }, 'The use of an API token could not be noted'));
  };
};

/** How long an answer counts, in ms: whoever asks meanwhile asks nobody anew. */
const answerCountsMs = 2_000;

/**
 * Tells when an API token was used last at any service, to a minute; null: never. Those who ask for the same token side by side
 * share one question. It rejects when the log's store does not answer.
 */
export const createLastUses = (
  marks: Pick<Marks, 'load'>,
  nowMs: () => number = () => performance.now(),
): ((id: string) => Promise<Instant | null>) => {
  const asked = new Map<string, { readonly at: number; readonly answer: Promise<Instant | null> }>();
  const ask = async (id: string): Promise<Instant | null> => {
    const uses = await Promise.all(serviceNames.map((service) => marks.load(service, markOf(id))));
    return (
      uses
        .filter((use) => use !== undefined)
        .toSorted()
        .at(-1) ?? null
    );
  };
  return (id) => {
    const known = asked.get(id);
    if (known && nowMs() - known.at < answerCountsMs) return known.answer;
    const answer = ask(id);
    asked.set(id, { at: nowMs(), answer });
    answer.catch(() => asked.delete(id));
    return answer;
  };
};
