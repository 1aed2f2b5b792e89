import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';

/**
 * The `lookup` option of sockets over a resolver that returns promises. An exception in the socket's own callback fails that
 * connection; within a promise it would become an unhandled rejection and end the process.
 *
 * @param check returns why connecting to these addresses is not allowed, or undefined
 */
export function lookupFunction(
  resolve: (hostname: string) => Promise<LookupAddress[]>,
  check?: (addresses: readonly LookupAddress[]) => Error | undefined,
): LookupFunction {
  return (hostname, { all, family }, callback) => {
    const respond = (addresses: LookupAddress[]): void => {
      const wanted = family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : family;
      const usable = wanted ? addresses.filter((found) => found.family === wanted) : addresses;
      const problem = check?.(addresses) ?? (usable.length === 0 ? notFound(hostname) : undefined);
      if (problem) callback(problem, []);
      else if (all) callback(null, usable);
      else callback(null, usable[0]?.address ?? '', usable[0]?.family);
    };
    resolve(hostname)
      .then(respond)
      .catch((error: NodeJS.ErrnoException) => callback(error, []))
      // The callback threw again: the connection fails by its timeout.
      .catch(() => undefined);
  };
}

function notFound(hostname: string): Error {
  return Object.assign(new Error(`${hostname} has no usable address`), { code: 'ENOTFOUND' });
}
