import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { readSample, sampleNames } from '../../samples/samples.js';
import type { Sandbox } from '../../sandbox/sandbox.js';
import type { Config } from '../config/config.js';
import { listensOnLoopback } from '../config/server.js';
import { isLoopbackHost, type UrlPolicy } from '../lib/public-url.js';
import type { FileReader } from '../swap/file-reader.js';
import type { Uploads } from '../uploads/uploads.js';

/**
 * Recognizes the URL of a picture that this gateway serves itself.
 *
 * @returns a function that reads the picture without any request (undefined: there is no such picture); undefined for every
 *   other URL
 */
export type OwnPictureLookup = (url: URL) => (() => Promise<Buffer | undefined>) | undefined;

export interface OwnPicturesOptions {
  publicUrl: string | undefined;
  /** The URL that the gateway listens on; undefined before it does. */
  listening(): string | undefined;
  sandbox(): Pick<Sandbox, 'url' | 'readPicture'> | undefined;
  /** Undefined: uploads are disabled. */
  uploads(): Pick<Uploads, 'find'> | undefined;
  /** Undefined: results are not archived. */
  files(): FileReader | undefined;
}

/**
 * In front of the sandbox, clients name the gateway's own pictures, which may be on loopback. They are recognized by base URL and
 * exact path after parsing, and read from where they are stored: no request follows, so no spelling of a URL can lead to another
 * service of this machine.
 */
export function createOwnPictures({
  publicUrl,
  listening,
  sandbox,
  uploads,
  files,
}: OwnPicturesOptions): OwnPictureLookup {
  const readUpload = async (id: string): Promise<Buffer | undefined> => {
    const found = await uploads()?.find(id);
    // It may expire in between.
    return found && (await readFile(join(found.folder, found.file)).catch(undefinedIfMissing));
  };
  const readResult = async (path: string): Promise<Buffer | undefined> => {
    const [secret = '', name = ''] = path.split('/');
    const found = await files()?.find(secret, name);
    const whole = () => undefined;
    const file = found && (await files()?.read(found.swap, found.index, whole, new AbortController().signal));
    return file?.kind === 'file' && file.body ? buffer(file.body) : undefined;
  };
  const routes: [path: RegExp, read: (name: string) => Promise<Buffer | undefined>][] = [
    [/^\/samples\/([\w.-]+)$/, async (name) => (await readSample(name))?.bytes],
    [/^\/uploads\/([0-9a-f]{32})\.jpg$/, readUpload],
    [/^\/files\/([0-9a-f]{32}\/[\w.]+)$/, readResult],
    [/^\/generations\/([\w-]{1,64})\.jpg$/, async (name) => sandbox()?.readPicture(name)],
  ];
  return (url) => {
    for (const base of [publicUrl, ...urlsOfListener(listening()), sandbox()?.url]) {
      const path = base === undefined ? undefined : pathBelow(base, url);
      if (path === undefined) continue;
      for (const [pattern, read] of routes) {
        const [, name] = pattern.exec(path) ?? [];
        if (name !== undefined) return () => read(name);
      }
    }
    return undefined;
  };
}

/** Whether a URL, valid and absolute, is that of a sample of this gateway: it shows no real person. */
export function isSampleUrl(findOwn: OwnPictureLookup, url: string): boolean {
  const parsed = new URL(url);
  const [, name = ''] = /\/samples\/([\w.-]+)$/.exec(parsed.pathname) ?? [];
  return sampleNames.includes(name) && findOwn(parsed) !== undefined;
}

function undefinedIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** The rest of the path, with a leading slash; undefined for a URL of another origin or outside of the base's path. */
function pathBelow(base: string, url: URL): string | undefined {
  const { origin, pathname } = new URL(base);
  const prefix = pathname.replace(/\/+$/, '');
  return url.origin === origin && url.pathname.startsWith(`${prefix}/`)
    ? url.pathname.slice(prefix.length)
    : undefined;
}

/** The loopback names of a server, if it listens on loopback or on every address; otherwise only its own URL. */
function urlsOfListener(listening: string | undefined): string[] {
  if (listening === undefined) return [];
  const { hostname, port } = new URL(listening);
  if (!isLoopbackHost(hostname) && !['0.0.0.0', '[::]'].includes(hostname)) return [listening];
  return ['127.0.0.1', 'localhost', '[::1]'].map((host) => `http://${host}:${port}`).concat(listening);
}

/** Whether the gateway serves only this machine: pictures of other programs on it are then no secret to its only client. */
export function isLocal({ isOpen, host }: Pick<Config, 'isOpen' | 'host'>): boolean {
  return isOpen && listensOnLoopback(host);
}

/**
 * Which image URLs clients may give. In front of ModelsLab, none on loopback but the gateway's own pictures, and those only if they
 * may be sent as data.
 *
 * @param acceptsLoopback for tests, whose hosts of pictures are local
 */
export function imagePolicyOf(
  config: Config,
  findOwn: OwnPictureLookup,
  acceptsLoopback?: boolean,
): UrlPolicy {
  const { allowHttpImages: allowHttp, modelsLabApiKey, modelsLabImages } = config;
  const isOwn = (url: URL): boolean => findOwn(url) !== undefined;
  if (!modelsLabApiKey) return { allowHttp, allowLoopback: acceptsLoopback ?? isLocal(config), isOwn };
  if (modelsLabImages === 'url') return { allowHttp, allowLoopback: false };
  return { allowHttp, allowLoopback: acceptsLoopback ?? false, isOwn };
}
