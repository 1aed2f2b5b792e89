import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

export interface UrlPolicy {
  /** Also accept `http:`. */
  allowHttp: boolean;
  /** Also accept loopback hosts, over http and on any port: the sandbox runs there. */
  allowLoopback: boolean;
  /** Also accept any host and port, over http too. */
  allowPrivate?: boolean;
}

/** Enough for presigned URLs with a session token. */
export const maxUrlLength = 4096;

/** Accepts the URL of a public host, trimmed; returns it in normal form. */
export function publicUrl(policy: UrlPolicy): z.ZodType<string> {
  return z.string().transform((text, context) => {
    const outcome = checkPublicUrl(text, policy);
    if ('href' in outcome) return outcome.href;
    context.addIssue({ code: 'custom', message: outcome.problem });
    return z.NEVER;
  });
}

/**
 * Checks the text only. A name that resolves to a private address passes, because ModelsLab, not the gateway, fetches
 * images.
 *
 * @returns the normal form, or a problem message for the client
 */
export function checkPublicUrl(text: string, policy: UrlPolicy): { href: string } | { problem: string } {
  const raw = text.trim();
  if (raw.length > maxUrlLength) return { problem: `must have at most ${maxUrlLength} characters` };
  // The URL parser drops tabs and line breaks and turns backslashes into slashes, so check for them first.
  if (/[\p{Cc}\\]/u.test(raw)) return { problem: 'must not contain control characters or backslashes' };
  if (!URL.canParse(raw)) return { problem: 'must be an absolute URL' };
  const url = new URL(raw);
  if (url.href.length > maxUrlLength) return { problem: `must have at most ${maxUrlLength} characters` };
  const isExempt = policy.allowPrivate === true || (policy.allowLoopback && isLoopbackHost(url.hostname));
  const isSchemeFine =
    url.protocol === 'https:' || (url.protocol === 'http:' && (policy.allowHttp || isExempt));
  if (!isSchemeFine)
    return { problem: policy.allowHttp ? 'must start with https:// or http://' : 'must start with https://' };
  if (url.username !== '' || url.password !== '')
    return { problem: 'must not contain a user name or password' };
  if (isExempt) return { href: url.href };
  if (!isPublicHost(url.hostname)) return { problem: 'must point to a public host' };
  if (!['', '80', '443'].includes(url.port)) return { problem: 'must use port 80 or 443' };
  return { href: url.href };
}

function isPublicHost(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) !== 0) return !isPrivateAddress(address);
  const isDotted = hostname.includes('.') && !hostname.endsWith('.');
  return isDotted && !/(^|\.)(localhost|local|internal|home\.arpa)$/.test(hostname);
}

function isLoopbackHost(hostname: string): boolean {
  return (
    hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
  );
}

/** Whether the public internet does not route an IP address, in any spelling that `net.isIP` accepts. */
export function isPrivateAddress(address: string): boolean {
  return privateAddresses.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** IANA's special-purpose registries. BlockList checks IPv4-mapped IPv6 addresses against the IPv4 rows. */
const privateAddresses = blockList([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]);

function blockList(subnets: string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [network = '', prefix] = subnet.split('/');
    list.addSubnet(network, Number(prefix), network.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
}
