import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SandboxContext } from './sandbox-context.js';
import { readJson, sendJson } from './wire-answer.js';

const maxBodyBytes = 256 * 1024;

/**
 * `/_sandbox/…`: state that a test in another process reads and sets. Responds with 404 to every other machine,
 * whatever address the sandbox listens on.
 */
export async function handleControl(
  { account, desk, jobs, script }: SandboxContext,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isLoopback(request.socket.remoteAddress)) return sendJson(response, 404, { message: 'Not found' });
  const change = async (apply: (body: unknown) => void, result: () => unknown) => {
    try {
      apply(await readJson(request, maxBodyBytes));
      sendJson(response, 200, result());
    } catch (error) {
      sendJson(response, 400, { message: error instanceof Error ? error.message : String(error) });
    }
  };

  switch (`${request.method} ${path}`) {
    case 'GET submissions':
      return sendJson(response, 200, { submissions: jobs.rows() });
    case 'GET injected':
      return sendJson(response, 200, { injected: desk.injected() });
    case 'GET peak':
      return sendJson(response, 200, { peakQueued: jobs.peakQueued(), queued: jobs.queued() });
    case 'GET faults':
      return sendJson(response, 200, { faults: desk.current() });
    case 'PUT faults':
      return change(desk.set, () => ({ faults: desk.current() }));
    case 'GET account':
      return sendJson(response, 200, { ...account.current(), requests: account.requests });
    case 'PUT account':
      return change(account.set, account.current);
    case 'POST next':
      return change(script.add, () => ({ status: 'ok' }));
    default:
      return sendJson(response, 404, { message: `No ${request.method} /_sandbox/${path}` });
  }
}

function isLoopback(address = ''): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}
