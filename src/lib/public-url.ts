import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

export interface UrlPolicy {
  /** Also accept `http:`. */
  allowHttp: boolean;
  /** Also accept loopback hosts, over http and on any port: the sandbox runs there. */
  allowLoopback: boolean;
  /** Also accept any host and port, over http too. */
  allowPrivate?: boolean;
  /** Also accept these URLs, over http and on any port: the gateway's own pictures. */
  isOwn?(url: URL): boolean;
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
 * Checks the text only. A name that resolves to a private address passes, so the code that connects must check the address, see
 * `createPublicOnlyAgent`.
 *
 * @param maxLength in characters, before and after normalization
 * @returns the normal form, or a problem message for the client
 */
export function checkPublicUrl(
  text: string,
  policy: UrlPolicy,
  maxLength = maxUrlLength,
): { href: string } | { problem: string } {
  const raw = text.trim();
  if (raw.length > maxLength) return { problem: `must have at most ${maxLength} characters` };
  // The URL parser drops tabs and line breaks and turns backslashes into slashes, so check for them first.
  if (/[\p{Cc}\\]/u.test(raw)) return { problem: 'must not contain control characters or backslashes' };
  if (!URL.canParse(raw)) return { problem: 'must be an absolute URL' };
  const url = new URL(raw);
  if (url.href.length > maxLength) return { problem: `must have at most ${maxLength} characters` };
  const isExempt =
    policy.allowPrivate === true ||
    (policy.allowLoopback && isLoopbackHost(url.hostname)) ||
    policy.isOwn?.(url) === true;
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

/** @param hostname of a parsed URL, where IPv4 addresses have their usual spelling and IPv6 addresses have brackets */
export function isLoopbackHost(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  return hostname === 'localhost' || (isIP(address) !== 0 && isLoopbackAddress(address));
}

/**
 * Whether the public internet does not route an IP address, in any spelling that `net.isIP` accepts. IPv6 addresses that only wrap
 * or translate an IPv4 address count as private, whatever they wrap.
 */
export function isPrivateAddress(address: string): boolean {
  if (isIP(address) !== 6) return privateRanges.check(address, 'ipv4');
  const bare = withoutZone(address);
  return (
    !globalUnicast.check(bare, 'ipv6') ||
    privateRanges.check(bare, 'ipv6') ||
    isPrivateTunnel(ipv6Groups(bare))
  );
}

/** Whether an IP address is on the loopback interface. */
export function isLoopbackAddress(address: string): boolean {
  return isIP(address) === 6 ? withoutZone(address) === '::1' : address.startsWith('127.');
}

/** The only IPv6 block that IANA has allocated to the internet. All forms around an IPv4 address but those below lie outside it. */
const globalUnicast = blockList(['2000::/3']);

/** IANA's special-purpose registries. */
const privateRanges = blockList([
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
  // Includes Teredo.
  '2001::/23',
  '2001:db8::/32',
  // 6to4.
  '2002::/16',
  '3fff::/20',
]);

/** ISATAP (RFC 5214): any prefix, then 0:5efe or 200:5efe, then the IPv4 address of the tunnel's end. */
function isPrivateTunnel(groups: readonly number[]): boolean {
  const [, , , , flags = 0, marker, high = 0, low = 0] = groups;
  if (marker !== 0x5efe || (flags & ~0x0200) !== 0) return false;
  return privateRanges.check([high >> 8, high & 255, low >> 8, low & 255].join('.'), 'ipv4');
}

/** The eight 16-bit groups of an IPv6 address without a zone. */
function ipv6Groups(address: string): number[] {
  // The URL parser turns a dotted tail into two groups.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groupsOf = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const [first, last] = [groupsOf(head), groupsOf(tail ?? '')];
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
}

function withoutZone(address: string): string {
  return address.replace(/%.*$/, '');
}

function blockList(subnets: string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [network = '', prefix] = subnet.split('/');
    list.addSubnet(network, Number(prefix), network.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
}
