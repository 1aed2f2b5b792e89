// Loaded into a gateway with NODE_OPTIONS: the system's lookup of each name works once, and then never responds.
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

const { lookup } = dns;
const known = new Set();
dns.lookup = (hostname, ...rest) => {
  if (known.has(hostname)) return;
  known.add(hostname);
  lookup(hostname, ...rest);
};
syncBuiltinESMExports();
