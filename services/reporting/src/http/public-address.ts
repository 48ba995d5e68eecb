/** The parts of a request that tell under which address the client reached us. */
export interface AddressedRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly protocol: string;
}

const first = (header: string | string[] | undefined): string | undefined => {
  const text = (Array.isArray(header) ? header[0] : header)?.split(',')[0]?.trim();
  return text === '' ? undefined : text;
};

const hostForm = /^[a-zA-Z0-9.\-_]+(:\d{1,5})?$|^\[[0-9a-fA-F:.]+\](:\d{1,5})?$/;

/**
 * Scheme and host for next_page, without a slash at the end: the configured public base, else what the proxy (X-Forwarded-*) or the
 * client (Host) says. A host that is not one is not repeated.
 */
export const publicAddress = (request: AddressedRequest, configured: string | undefined): string => {
  if (configured !== undefined) return configured.replace(/\/+$/, '');
  const forwarded = first(request.headers['x-forwarded-proto']);
  const scheme = forwarded === 'https' || forwarded === 'http' ? forwarded : request.protocol;
  const named = [first(request.headers['x-forwarded-host']), first(request.headers['host'])];
  return `${scheme}://${named.find((host) => host !== undefined && hostForm.test(host)) ?? 'localhost'}`;
};
