/*
 * How the connectors that exist page through the export and when they stop, each as its source does it
 * (Airbyte source-zendesk-talk before and after 2026-07, the dlt verified source, zenpy 2.0, and clients that stop at a URL seen before).
 */

/** One row as far as paging is concerned. */
export interface PagedRow {
  readonly id: number;
  readonly updated_at: string;
}
export interface PagedAnswer {
  readonly rows: readonly PagedRow[];
  readonly count: number;
  readonly endTime: number;
  readonly nextPage: string;
}
type Fetch = (url: string) => Promise<PagedAnswer>;

/** A connector: yields the rows in the order read, and throws when it has made more requests than any sane walk needs. */
export type Connector = (fetch: Fetch, start: string) => AsyncGenerator<PagedRow>;

const mostRequests = 20;

const walk = (stops: (answer: PagedAnswer, url: string) => boolean): Connector =>
  async function* (fetch, start) {
    let url = start;
    for (let requests = 1; ; requests += 1) {
      if (requests > mostRequests) throw new Error('this connector does not stop');
      const answer = await fetch(url);
      yield* answer.rows;
      if (stops(answer, url)) return;
      url = answer.nextPage;
    }
  };

export const connectors = {
  'Airbyte before 2026-07': walk(({ count }) => count <= 1),
  'Airbyte since 2026-07': walk(({ count }) => count < 1000),
  dlt: walk(({ count }) => count === 0),
  zenpy: walk(({ rows, endTime }) => rows.length === 0 || Date.now() / 1000 - endTime < 300),
  'a client in Go that stops at the same URL': walk(({ nextPage }, url) => nextPage === url),
  'a client that stops at a repeated URL or an empty page': walk(
    ({ rows, nextPage }, url) => rows.length === 0 || nextPage === url,
  ),
} as const satisfies Record<string, Connector>;
