import { type LookupAddress, Resolver } from 'node:dns';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';

/** Resolves client-supplied host names without the thread pool that `dns.lookup` shares with the whole process. */
export interface HostResolver {
  /**
   * All addresses of a host, IPv4 first; never an empty list.
   * @throws Error with a `code` such as ENOTFOUND, or ETIMEOUT after `timeoutMs`
   */
  resolve(hostname: string): Promise<LookupAddress[]>;
}

export interface HostResolverOptions {
  /** DNS servers, as `address` or `address:port`. Default: the system's. */
  servers?: readonly string[] | undefined;
  /** Timeout of a whole lookup, retries included. */
  timeoutMs?: number;
  /** Path of the hosts file. Programs honor it, but c-ares ignores it. */
  hostsFile?: string;
}

/** Timeout of one query to one server. */
const queryTimeoutMs = 1500;
/** How long a lookup that has addresses of one family waits for the other family. */
const otherFamilyMs = 200;
const hostsFileMaxAgeMs = 30_000;
const loopback: LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/**
 * `dns.lookup` runs getaddrinfo on libuv's four threads: four names whose servers do not respond block everything else
 * in the process, including lookups of ModelsLab. c-ares does not use that pool.
 *
 * `localhost` and `*.localhost` resolve to the loopback interface (RFC 6761), names in the hosts file resolve from it,
 * and everything else is sent to DNS unchanged: search domains, mDNS and NSS plug-ins do not apply.
 */
export function createHostResolver(options: HostResolverOptions = {}): HostResolver {
  const { servers, timeoutMs = 5000, hostsFile = systemHostsFile() } = options;
  const readHosts = createHostsReader(hostsFile);
  return {
    async resolve(hostname) {
      const name = hostname.toLowerCase().replace(/\.$/, '');
      if (name === 'localhost' || name.endsWith('.localhost')) return loopback;
      return readHosts().get(name) ?? queryBothFamilies(name, servers, timeoutMs);
    },
  };
}

/** One resolver per lookup: cheap, picks up changes in the system's settings, and can be canceled independently. */
function queryBothFamilies(
  name: string,
  servers: readonly string[] | undefined,
  timeoutMs: number,
): Promise<LookupAddress[]> {
  const resolver = new Resolver({ timeout: queryTimeoutMs, tries: 2, maxTimeout: 2 * queryTimeoutMs });
  if (servers) resolver.setServers(servers);
  return new Promise((resolve, reject) => {
    const found: LookupAddress[] = [];
    let failure: NodeJS.ErrnoException | undefined;
    let unanswered = 2;
    let isDone = false;
    let grace: NodeJS.Timeout | undefined;

    const finish = (): void => {
      if (isDone) return;
      isDone = true;
      clearTimeout(deadline);
      clearTimeout(grace);
      if (unanswered > 0) resolver.cancel();
      if (found.length > 0) resolve(found.sort((a, b) => a.family - b.family));
      else reject(failure ?? Object.assign(new Error(`lookup of ${name} timed out`), { code: 'ETIMEOUT' }));
    };
    const take =
      (family: 4 | 6) =>
      (error: NodeJS.ErrnoException | null, addresses: string[]): void => {
        unanswered -= 1;
        if (isDone) return;
        // Having no addresses in one family is normal; the other error is more informative.
        if (error && (failure === undefined || failure.code === 'ENODATA')) failure = error;
        if (!error) found.push(...addresses.map((address) => ({ address, family })));
        if (unanswered === 0) finish();
        else if (found.length > 0) grace = setTimeout(finish, otherFamilyMs);
      };
    const deadline = setTimeout(finish, timeoutMs);
    resolver.resolve4(name, take(4));
    resolver.resolve6(name, take(6));
  });
}

/** Reads the file on demand and caches it for 30 seconds. */
function createHostsReader(path: string): () => ReadonlyMap<string, LookupAddress[]> {
  let hosts = new Map<string, LookupAddress[]>();
  let readAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (performance.now() - readAt < hostsFileMaxAgeMs) return hosts;
    readAt = performance.now();
    hosts = parseHosts(readText(path));
    return hosts;
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function parseHosts(text: string): Map<string, LookupAddress[]> {
  const hosts = new Map<string, LookupAddress[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...names] = (line.split('#')[0] ?? '').trim().split(/\s+/);
    const family = isIP(address);
    if (family === 0) continue;
    for (const name of names) {
      const known = hosts.get(name.toLowerCase()) ?? [];
      hosts.set(name.toLowerCase(), [...known, { address, family }]);
    }
  }
  return hosts;
}

function systemHostsFile(): string {
  return process.platform === 'win32' ? 'C:\\Windows\\System32\\drivers\\etc\\hosts' : '/etc/hosts';
}
