import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StubCall {
  path: string;
  body: Record<string, unknown>;
  response: ServerResponse;
  /** Responds with the given body; text is sent verbatim. */
  answer(httpStatus: number, body: unknown): void;
  /** Responds with the given bytes, such as a compressed body or one that is not JSON. */
  answerRaw(httpStatus: number, headers: Record<string, string>, body?: Buffer | string): void;
  /** The client's port: equal for calls over one connection. */
  remotePort: number;
  /** Closes the connection without a response. */
  reset(): void;
}

export interface StubModelsLab {
  /** Environment for a gateway that uses it. */
  env: Record<string, string> & { MODELSLAB_BASE_URL: string };
  calls: StubCall[];
  submissions(): StubCall[];
  /** The n-th call (from 0) of a kind, once it has arrived. */
  submission(index?: number): Promise<StubCall>;
  fetchCall(index?: number): Promise<StubCall>;
  /** From now on, passes every call to `handler`, in addition to recording it. */
  handle(handler: (call: StubCall) => void): void;
  /** Posts a webhook for the n-th submission. Returns the status of the gateway's response. */
  sendWebhook(body: object | string, index?: number): Promise<number>;
}

/** A ModelsLab whose every response is controlled by the caller, who also closes it. */
export async function serveStubModelsLab(): Promise<StubModelsLab & { close(): void }> {
  const calls: StubCall[] = [];
  const waiting = new Set<() => void>();
  let handler: ((call: StubCall) => void) | undefined;

  const server = createServer((request, response) => void receive(request, response));
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const call: StubCall = {
      path: request.url ?? '',
      body: JSON.parse(text) as Record<string, unknown>,
      response,
      answer(httpStatus, body) {
        response.writeHead(httpStatus, { 'content-type': 'application/json' });
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
      },
      answerRaw(httpStatus, headers, body = '') {
        response.writeHead(httpStatus, headers);
        response.end(body);
      },
      remotePort: request.socket.remotePort ?? 0,
      reset: () => request.socket.destroy(),
    };
    calls.push(call);
    handler?.(call);
    for (const wake of waiting) wake();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const nth = (isWanted: (call: StubCall) => boolean, index: number): Promise<StubCall> =>
    new Promise((resolve) => {
      const check = (): void => {
        const call = calls.filter(isWanted)[index];
        if (!call) return;
        waiting.delete(check);
        resolve(call);
      };
      waiting.add(check);
      check();
    });
  const isSubmission = ({ path }: StubCall): boolean => path.endsWith('/single_face_swap');
  const isFetch = ({ path }: StubCall): boolean => path.includes('/fetch/');
  const stub = {
    env: {
      // Its result URLs lead nowhere, and tests compare them with what clients see.
      ARCHIVE: 'off',
      MODELSLAB_API_KEY: 'test-key-of-modelslab',
      MODELSLAB_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v6/deepfake`,
    },
    calls,
    submissions: () => calls.filter(isSubmission),
    submission: (index: number = 0) => nth(isSubmission, index),
    fetchCall: (index: number = 0) => nth(isFetch, index),
    handle(next: (call: StubCall) => void) {
      handler = next;
    },
    async sendWebhook(body: object | string, index = 0) {
      const { body: submitted } = await stub.submission(index);
      const response = await fetch(String(submitted['webhook']), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return response.status;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return stub;
}

/** The documented responses, for a given id. */
export const answers = {
  processing: (id: number | string, eta = 10) => ({ status: 'processing', id, eta, output: [], meta: {} }),
  success: (id: number | string) => ({
    status: 'success',
    id,
    generationTime: 2.5,
    output: [`https://files.example.com/${id}.jpg`],
    proxy_links: [`https://proxy.example.com/${id}.jpg`],
    meta: { seed: 7, temp: 'no', watermark: 'yes' },
  }),
  error: (message: string) => ({ status: 'error', message }),
};
