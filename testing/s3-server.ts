import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from '@20minutes/s3rver';

/** Handles a request instead of the server, or returns false, at once or later, to let the server handle it. */
export type S3Fault = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;

export interface S3Server {
  url: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** Methods and paths of all requests so far. */
  requests: string[];
  /** From now on, every request goes through `fault` first. */
  misbehave(fault: S3Fault | undefined): void;
  close(): Promise<void>;
}

/** The signature is checked against this pair. */
const credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };

/** A server that speaks Amazon's S3 protocol, with one bucket, on a free port. @param folder keeps its data; default: a new one */
export async function startS3Server(folder?: string): Promise<S3Server> {
  const directory = folder ?? mkdtempSync(join(tmpdir(), 's3-'));
  const bucket = 'results';
  const s3 = new S3rver({ directory, silent: true, configureBuckets: [{ name: bucket }] });
  await s3.configureBuckets();
  storeWholeObjects(
    (s3 as unknown as { store: ObjectStore }).store,
    mkdtempSync(join(directory, '.incoming-')),
  );
  const handle = s3.callback();
  const requests: string[] = [];
  let fault: S3Fault | undefined;
  const server = createServer((request, response) => {
    response.on('error', () => undefined);
    requests.push(`${request.method} ${request.url?.replace(/\?.*/, '')}`);
    const isHandled = fault?.(request, response) ?? false;
    if (typeof isHandled === 'boolean') {
      if (!isHandled) void handle(request, response);
    } else {
      void isHandled.then((isDone) => (isDone ? undefined : handle(request, response)));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bucket,
    ...credentials,
    requests,
    misbehave(next) {
      fault = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (folder === undefined) rmSync(directory, { recursive: true, force: true });
    },
  };
}

interface ObjectStore {
  putContent(path: string, content: unknown): Promise<[size: number, md5: string]>;
}

/** As Amazon does, and this server does not: an upload that breaks off replaces nothing. */
function storeWholeObjects(store: ObjectStore, folder: string): void {
  const putContent = store.putContent.bind(store);
  store.putContent = async (path, content) => {
    const incoming = join(folder, randomUUID());
    try {
      const stored = await putContent(incoming, content);
      await rename(incoming, path);
      return stored;
    } finally {
      await rm(incoming, { force: true });
    }
  };
}

/** Environment for a gateway that archives there. */
export function s3Environment(server: S3Server, prefix = ''): Record<string, string> {
  return {
    ARCHIVE: 's3',
    ARCHIVE_S3_ENDPOINT: server.url,
    ARCHIVE_S3_REGION: 'us-east-1',
    ARCHIVE_S3_BUCKET: server.bucket,
    ARCHIVE_S3_ACCESS_KEY_ID: server.accessKeyId,
    ARCHIVE_S3_SECRET_ACCESS_KEY: server.secretAccessKey,
    ARCHIVE_S3_PATH_STYLE: 'on',
    ...(prefix !== '' && { ARCHIVE_S3_PREFIX: prefix }),
  };
}

/** The whole service is overloaded. */
export const unavailable: S3Fault = (request, response) => {
  request.resume();
  response.writeHead(503, { 'content-type': 'application/xml' });
  response.end('<Error><Code>SlowDown</Code></Error>');
  return true;
};
