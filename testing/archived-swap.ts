import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { createSandbox, type Sandbox } from '../sandbox/sandbox.js';
import type { TestGateway } from './start-gateway.js';
import { requestSwap, type SeenSwap } from './swap-client.js';

export const fileFields = `archiveState output
  files { url contentType bytes width height sha256 sourceUrl sourceSha256 archivedAt expiresAt }`;

export interface SeenFile {
  url: string;
  contentType: string | null;
  bytes: number | null;
  width: number | null;
  height: number | null;
  sha256: string | null;
  sourceUrl: string;
  sourceSha256: string | null;
  archivedAt: string | null;
  expiresAt: string;
}

export interface SeenArchive {
  archiveState: string;
  output: string[];
  files: SeenFile[];
}

export const archiveQuery = `query ($id: ID!) { swapResult(id: $id) { ${fileFields} } }`;

export async function readArchive(
  { graphql }: Pick<TestGateway, 'graphql'>,
  id: string,
): Promise<SeenArchive> {
  const { data, errors } = await graphql(archiveQuery, { id });
  if (errors) throw new Error(JSON.stringify(errors));
  return data?.['swapResult'] as SeenArchive;
}

export type PictureAnswer = (response: ServerResponse, request: IncomingMessage) => void;

export const give =
  (body: Buffer, headers: Record<string, string> = {}): PictureAnswer =>
  (response) =>
    void response.writeHead(200, { 'content-length': String(body.length), ...headers }).end(body);

/** ModelsLab's storage, as a test controls it. */
export interface PictureHost {
  url: string;
  /** How often each path was read. */
  reads: Record<string, number>;
  /** From now on, responds so to this path; 404 by default. */
  serve(path: string, answer: PictureAnswer | undefined): void;
  /** Stops listening, as if it were gone. */
  close(): void;
}

export async function startPictureHost(): Promise<PictureHost> {
  const answers = new Map<string, PictureAnswer>();
  const reads: Record<string, number> = {};
  const server = createServer((request, response) => {
    response.on('error', () => undefined);
    const path = request.url ?? '';
    reads[path] = (reads[path] ?? 0) + 1;
    const answer = answers.get(path);
    if (answer) answer(response, request);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  onTestFinished(close);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    reads,
    serve: (path, answer) => void (answer ? answers.set(path, answer) : answers.delete(path)),
    close,
  };
}

/** A sandbox for one gateway, closed after the test. */
export async function startPlainSandbox(): Promise<Sandbox> {
  const sandbox = await createSandbox({
    render: false,
    faults: { latencyMs: [0, 0], generationMs: [0, 0] },
  });
  onTestFinished(sandbox.close);
  return sandbox;
}

let lastId = 5000;

/** Requests a swap that SUCCEEDS with these source URLs. */
export async function swapWith(
  gateway: TestGateway,
  sandbox: Sandbox,
  output: string[],
  input: object = {},
): Promise<SeenSwap> {
  lastId += 1;
  const body = { status: 'success', id: lastId, generationTime: 1, output, proxy_links: [], meta: {} };
  sandbox.next({ submit: { body } });
  return requestSwap(gateway, { reuse: 'NEVER', ...input }, { wait: 20 });
}
