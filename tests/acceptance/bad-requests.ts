import fc from 'fast-check';
import type { Route } from './described-routes.ts';
import { bodyOf, methods, moreHeaders, oddTypes, query, segment } from './odd-values.ts';
import type { RawRequest } from './raw-http.ts';

/** What of a request is odd; the rest is as the route asks for it. */
interface Odds {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly type?: string;
  readonly headers?: readonly string[];
  readonly authorization?: string;
  readonly body?: Buffer;
}

const filled = (path: string, ids: readonly string[]): string => {
  let next = 0;
  return path.replaceAll(/\{\w+\}/g, () => ids[next++] ?? '');
};

const requestOf = (route: Route, token: string, odds: Odds): RawRequest => {
  const body = odds.body ?? Buffer.from(route.body === undefined ? '' : JSON.stringify(route.body));
  const more = odds.headers ?? [];
  const ownLength = more.some((line) => /^(content-length|transfer-encoding)/.test(line));
  return {
    method: odds.method ?? route.method,
    target: `${odds.path ?? filled(route.path, route.ids)}${odds.query ?? ''}`,
    headers: [
      'host: earshot',
      'connection: close',
      odds.authorization ?? `authorization: Bearer ${token}`,
      ...more,
      ...(body.length === 0 ? [] : [`content-type: ${odds.type ?? 'application/json'}`]),
      ...(ownLength ? [] : [`content-length: ${body.length}`]),
    ],
    body,
    breaksOff: ownLength,
  };
};

/** Requests to these routes, each with something wrong: in its path, its head, its body, or its method. */
export const badRequest = (routes: readonly Route[], token: string): fc.Arbitrary<RawRequest> => {
  const withIds = routes.filter(({ ids }) => ids.length > 0);
  const withBody = routes.filter(({ body }) => body !== undefined);
  const any = fc.constantFrom(...routes);
  const oddHead = fc.oneof(
    fc.array(moreHeaders, { minLength: 1, maxLength: 3 }).map((headers): Odds => ({ headers })),
    fc.constantFrom(...methods).map((method): Odds => ({ method })),
    query.map((text): Odds => ({ query: text })),
    fc
      .constantFrom('', 'authorization: ', 'authorization: Digest x')
      .map((authorization): Odds => ({ authorization: authorization || 'x-nothing: 1' })),
  );
  const oddPath = fc
    .constantFrom(...withIds)
    .chain((route) =>
      fc
        .tuple(...route.ids.map(() => segment))
        .map((ids) => requestOf(route, token, { path: filled(route.path, ids) })),
    );
  const oddBody = fc
    .constantFrom(...withBody)
    .chain((route) => bodyOf(route).map((body) => requestOf(route, token, { body })));
  const oddType = fc
    .tuple(fc.constantFrom(...withBody), fc.constantFrom(...oddTypes))
    .map(([route, type]) => requestOf(route, token, { type }));
  const unaskedBody = any.chain((route) => bodyOf(route).map((body) => requestOf(route, token, { body })));
  const allOdd = any.chain((route) =>
    fc.tuple(bodyOf(route), oddHead, segment, fc.constantFrom(...oddTypes)).map(([body, odds, id, type]) =>
      requestOf(route, token, {
        body,
        type,
        path: filled(
          route.path,
          route.ids.map(() => id),
        ),
        ...odds,
      }),
    ),
  );
  return fc.oneof(
    { weight: 3, arbitrary: oddPath },
    { weight: 6, arbitrary: oddBody },
    { weight: 1, arbitrary: oddType },
    { weight: 1, arbitrary: unaskedBody },
    { weight: 2, arbitrary: fc.tuple(any, oddHead).map(([route, odds]) => requestOf(route, token, odds)) },
    { weight: 2, arbitrary: allOdd },
  );
};
