import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export type ResultAnswer = (response: ServerResponse, request: IncomingMessage) => void;

/** A host of result pictures that responds to each path as scripted, however badly. */
export async function startResultHost(answers: Record<string, ResultAnswer>) {
  const server = createServer((request, response) => {
    response.on('error', () => undefined);
    const answer = answers[request.url ?? ''];
    if (answer) answer(response, request);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/**
 * Finishes a swap of a gateway as SUCCEEDED with these results. The gateway uses the built-in sandbox, spawned on a
 * free port.
 */
export function resultScript(sandboxUrl: string) {
  return async (id: number, output: string[]): Promise<void> => {
    const body = { status: 'success', id, generationTime: 1, output, proxy_links: [], meta: {} };
    const response = await fetch(`${sandboxUrl}/_sandbox/next`, {
      method: 'POST',
      body: JSON.stringify({ submit: { body } }),
    });
    if (response.status !== 200) throw new Error(await response.text());
  };
}
