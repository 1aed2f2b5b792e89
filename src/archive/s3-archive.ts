import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { AwsClient } from 'aws4fetch';
import { Agent, type Dispatcher, request } from 'undici';
import type { Proxies } from '../lib/proxies.js';
import { createConnector } from '../lib/proxy-connector.js';
import { ArchiveError, type ArchiveStore, type StoredFile } from '../swap/archive.js';
import type { Range } from '../swap/byte-range.js';
import { readListing } from './s3-listing.js';

export interface S3ArchiveOptions {
  /** Origin of the service, such as `https://s3.eu-central-1.amazonaws.com`. */
  endpoint: string;
  region: string;
  bucket: string;
  /** Beginning of every key; the archive must be alone under it. */
  prefix: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** Whether the bucket is in the path of URLs rather than in the host name. */
  pathStyle: boolean;
  /** `signed`: clients may read presigned URLs. `public`: the URL at which everybody can read the prefix. */
  direct?: { kind: 'signed' } | { kind: 'public'; baseUrl: string } | undefined;
  /** Timeout of a request until its headers arrive, and between two parts of a body, milliseconds. */
  timeoutMs?: number;
  /** Undefined: connects directly. */
  proxies?: Proxies | undefined;
}

const defaultTimeoutMs = 30_000;
/** A client follows the redirect to a presigned URL at once. */
const signedSeconds = 300;
/** SHA-256 of no bytes. */
const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const attempts = 2;

/**
 * An archive in a bucket of a service that speaks Amazon's S3 protocol. A file is sent in one PUT whose signature covers its
 * SHA-256, so the service stores all of it or nothing. Redirects are not followed: credentials go to the configured host only.
 */
export function createS3Archive(options: S3ArchiveOptions): ArchiveStore {
  const { region, prefix, accessKeyId, secretAccessKey, direct } = options;
  const { timeoutMs = defaultTimeoutMs, proxies } = options;
  const aws = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3' });
  const agent = new Agent({
    connect: createConnector({ timeoutMs, proxies }),
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  const bucketUrl = bucketUrlOf(options);
  const objectUrl = (key: string): string => `${bucketUrl}/${encodeKey(prefix + key)}`;

  async function send(
    method: Dispatcher.HttpMethod,
    url: string,
    {
      headers = {},
      body,
      signal,
    }: { headers?: Record<string, string>; body?: Readable; signal?: AbortSignal } = {},
  ): Promise<Dispatcher.ResponseData> {
    const signed = await aws.sign(url, {
      method,
      headers: { 'x-amz-content-sha256': emptySha256, ...headers },
    });
    try {
      return await request(signed.url, {
        dispatcher: agent,
        method,
        headers: { ...headers, ...Object.fromEntries(signed.headers) },
        body: body ?? null,
        ...(signal && { signal }),
      });
    } catch (error) {
      body?.destroy();
      // undici's message may contain the URL.
      const { code, name } = error as { code?: string; name?: string };
      throw new ArchiveError(`the archive did not respond: ${code ?? name ?? 'unknown'}`);
    }
  }

  /** @throws ArchiveError for any status that is not expected */
  async function expectStatus(
    response: Dispatcher.ResponseData,
    expected: readonly number[],
    work: string,
  ): Promise<void> {
    response.body.on('error', () => undefined);
    if (expected.includes(response.statusCode)) return;
    const text = await response.body.text().catch(() => '');
    const [, code = ''] = /<Code>([A-Za-z0-9]{1,64})<\/Code>/.exec(text) ?? [];
    throw new ArchiveError(`the archive responded to ${work} with ${response.statusCode} ${code}`.trim());
  }

  /** Requests that change nothing, or the same thing each time, are sent again after a connection broke. */
  async function repeated<Result>(work: () => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (
          attempt === attempts ||
          !(error instanceof ArchiveError) ||
          !/did not respond/.test(error.message)
        )
          throw error;
      }
    }
  }

  return {
    async put(key, { path, contentType, bytes, sha256 }, signal) {
      const response = await send('PUT', objectUrl(key), {
        headers: {
          'content-type': contentType,
          'content-length': String(bytes),
          'cache-control': 'private, no-cache',
          'x-amz-content-sha256': sha256,
        },
        body: createReadStream(path),
        signal,
      });
      await expectStatus(response, [200], 'PUT');
      await response.body.dump();
      return false;
    },
    async open(key, range, bytes) {
      const response = await repeated(() =>
        send('GET', objectUrl(key), {
          headers: range ? { range: `bytes=${range.start}-${range.end}` } : {},
        }),
      );
      if (response.statusCode === 404) {
        response.body.on('error', () => undefined);
        const text = await response.body.text();
        // A missing bucket is a fault of the configuration, not a missing file.
        if (!text.includes('NoSuchBucket')) return undefined;
        throw new ArchiveError('the archive responded to GET with 404 NoSuchBucket');
      }
      const isEmpty = range !== undefined && bytes !== undefined && response.statusCode === 416;
      await expectStatus(response, isEmpty ? [416] : [range ? 206 : 200], 'GET');
      if (!isEmpty && (bytes === undefined || (sizeOf(response, range) ?? bytes) === bytes))
        return response.body;
      response.body.destroy();
      return undefined;
    },
    async delete(key) {
      const response = await repeated(() => send('DELETE', objectUrl(key)));
      await expectStatus(response, [200, 204, 404], 'DELETE');
      await response.body.dump();
    },
    async *list(): AsyncGenerator<StoredFile> {
      for (let token: string | undefined = ''; token !== undefined; ) {
        const query = `list-type=2&prefix=${encode(prefix)}${token && `&continuation-token=${encode(token)}`}`;
        const response = await repeated(() => send('GET', `${bucketUrl}?${query}`));
        await expectStatus(response, [200], 'GET');
        const page = readListing(await response.body.text());
        for (const { key, bytes } of page.files)
          if (key.startsWith(prefix)) yield { key: key.slice(prefix.length), bytes };
        token = page.next;
      }
    },
    ...(direct && {
      async directUrl(key: string): Promise<string> {
        if (direct.kind === 'public') return `${direct.baseUrl}/${encodeKey(prefix + key)}`;
        const url = new URL(objectUrl(key));
        url.searchParams.set('X-Amz-Expires', String(signedSeconds));
        url.searchParams.set('response-cache-control', 'private, no-cache');
        const { url: signed } = await aws.sign(url.href, { aws: { signQuery: true } });
        return signed;
      },
    }),
    close: () => agent.destroy(),
  };
}

function bucketUrlOf({ endpoint, bucket, pathStyle }: S3ArchiveOptions): string {
  const url = new URL(endpoint);
  const path = url.pathname.replace(/\/+$/, '');
  return pathStyle ? `${url.origin}${path}/${bucket}` : `${url.protocol}//${bucket}.${url.host}${path}`;
}

/** Of the whole file; undefined if the response does not tell. */
function sizeOf({ headers }: Dispatcher.ResponseData, range: Range | undefined): number | undefined {
  const size = range
    ? /\/(\d+)$/.exec(String(headers['content-range']))?.[1]
    : /^\d+$/.exec(String(headers['content-length']))?.[0];
  return size === undefined ? undefined : Number(size);
}

const encodeKey = (key: string): string => key.split('/').map(encode).join('/');

/** As RFC 3986 and the signature want it: everything but letters, digits and `-_.~`. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
