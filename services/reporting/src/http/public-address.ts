import { misdirected } from './export-error.ts';

/** What of a request tells under which address the client reached us. */
export interface AddressedRequest {
  readonly headers: { readonly host?: string | undefined };
  readonly protocol: string;
}

export interface PublicAddressOptions {
  /** Scheme and host under which clients reach the export. */
  readonly publicBase?: string | undefined;
  /** Hosts that next_page may name when there is no public base, with or without a port. */
  readonly hosts: readonly string[];
}

const withoutPort = (host: string): string => host.replace(/:\d{1,5}$/, '');

/**
 * Scheme and host for next_page, without a slash at the end: the configured public base, else the request's
 * Host where it is one of the allowed. What a proxy or whoever plays one says (X-Forwarded-*) counts nothing:
 * a client sends its credentials to where next_page leads.
 * @throws ExportRefusal (421) for any other host
 */
export const publicAddress = (
  { headers, protocol }: AddressedRequest,
  { publicBase, hosts }: PublicAddressOptions,
): string => {
  if (publicBase !== undefined) return publicBase.replace(/\/+$/, '');
  const host = headers.host?.toLowerCase() ?? '';
  if (!hosts.includes(host) && !hosts.includes(withoutPort(host))) throw misdirected();
  return `${protocol}://${host}`;
};
