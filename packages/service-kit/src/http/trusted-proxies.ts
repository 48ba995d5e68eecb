import { BlockList, isIP } from 'node:net';

/**
 * Tells which addresses are proxies whose `X-Forwarded-*` headers are believed: `trustProxy` of Fastify.
 * @param list addresses and networks (`10.0.0.0/8`), separated by commas; empty: nobody's are believed
 * @throws one sentence when something in it is neither
 */
export const trustOnly = (list: string): false | ((address: string | undefined) => boolean) => {
  const entries = list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  if (entries.length === 0) return false;
  const proxies = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    const family = isIP(address);
    const longest = family === 4 ? 32 : 128;
    const length = bits === undefined ? longest : /^\d{1,3}$/.test(bits) ? Number(bits) : Infinity;
    if (family === 0 || length > longest) {
      throw new Error(
        `TRUSTED_PROXIES must be addresses or networks (10.0.0.0/8), by commas, but is ${JSON.stringify(list)}.`,
      );
    }
    proxies.addSubnet(address, length, family === 4 ? 'ipv4' : 'ipv6');
  }
  return (address = '') =>
    isIP(address) !== 0 && proxies.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
};
