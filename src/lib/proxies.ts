import { BlockList, isIP } from 'node:net';
import { isLoopbackHost } from './public-url.js';

/** A proxy through which connections are made, by `CONNECT`. */
export interface ProxyServer {
  protocol: 'http:' | 'https:';
  /** Without brackets. */
  hostname: string;
  port: number;
  /** The value of `Proxy-Authorization`; undefined: the proxy asks for none. */
  authorization: string | undefined;
}

export interface Destination {
  protocol: string;
  /** With or without brackets. */
  hostname: string;
  /** Empty: the default of the protocol. */
  port: string;
}

/** The proxies of this process. */
export interface Proxies {
  /** Undefined: connect directly. Always for loopback, which means another machine at the proxy. */
  find(destination: Destination): ProxyServer | undefined;
}

export interface ProxySettings {
  /** URL of the proxy for `https:` destinations, which may contain a user and a password. */
  https?: string | undefined;
  /** The same for `http:`. */
  http?: string | undefined;
  /** NO_PROXY: hosts that are connected to directly, separated by commas or spaces. */
  none?: string | undefined;
}

/** @returns undefined if there is no proxy */
export function createProxies({ https, http, none = '' }: ProxySettings): Proxies | undefined {
  if (https === undefined && http === undefined) return undefined;
  const servers = new Map<string, ProxyServer>();
  if (https !== undefined) servers.set('https:', readServer(https));
  if (http !== undefined) servers.set('http:', readServer(http));
  const isExempt = createExemptions(none);
  return {
    find({ protocol, hostname, port }) {
      const host = hostname.toLowerCase().replace(/^\[|\]$/g, '');
      if (isLoopbackHost(host) || host.endsWith('.localhost')) return undefined;
      return isExempt(host, Number(port) || defaultPorts[protocol] || 0) ? undefined : servers.get(protocol);
    },
  };
}

const defaultPorts: Record<string, number> = { 'http:': 80, 'https:': 443 };

function readServer(text: string): ProxyServer {
  const url = new URL(text);
  const { username, password, protocol, hostname, port } = url;
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    protocol: protocol === 'https:' ? 'https:' : 'http:',
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || defaultPorts[protocol] || 80,
    authorization:
      username === '' && password === '' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`,
  };
}

/**
 * As curl and Go read NO_PROXY: `*`; a domain, with or without a dot before it, also exempts what is below it; an address; a range
 * of addresses; each but the ranges may end with a port. Ranges and addresses match hosts that are written as addresses only.
 */
function createExemptions(text: string): (host: string, port: number) => boolean {
  const entries = text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '');
  if (entries.includes('*')) return () => true;
  const ranges = new BlockList();
  const hosts: { name: string; port: number | undefined }[] = [];
  for (const entry of entries) {
    const [network = '', bits] = entry.split('/');
    if (bits === undefined) hosts.push(readExemption(entry));
    else if (isIP(network) !== 0) ranges.addSubnet(network, Number(bits), familyOf(network));
  }
  return (host, port) => {
    if (isIP(host) !== 0 && ranges.check(host, familyOf(host))) return true;
    return hosts.some(
      (exempt) =>
        (exempt.port === undefined || exempt.port === port) &&
        (host === exempt.name || (isIP(host) === 0 && host.endsWith(`.${exempt.name}`))),
    );
  };
}

function readExemption(entry: string): { name: string; port: number | undefined } {
  if (isIP(entry) !== 0) return { name: entry, port: undefined };
  const [, bracketed, plain = '', port] = /^(?:\[(.+)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? [];
  const name = bracketed ?? plain.replace(/^\*?\.+/, '');
  return { name: name === '' ? entry : name, port: port === undefined ? undefined : Number(port) };
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
