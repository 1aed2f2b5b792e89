import type { Config } from '../config/config.js';
import { createProxies, type Proxies } from '../lib/proxies.js';

/** Through which proxies others are connected to. Undefined: directly. */
export const proxiesOf = ({
  httpsProxy,
  httpProxy,
  noProxy,
}: Pick<Config, 'httpsProxy' | 'httpProxy' | 'noProxy'>): Proxies | undefined =>
  createProxies({ https: httpsProxy[0]?.reveal(), http: httpProxy[0]?.reveal(), none: noProxy });
