import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { readSample } from '../samples/samples.js';
import { accountPaths, createAccountHandler } from './account-handler.js';
import { handleControl } from './control-routes.js';
import { createDeleteHandler, deletePath } from './delete-handler.js';
import { createFetchHandler } from './fetch-handler.js';
import { sandboxOperations } from './operations/registry.js';
import { createPictureRoute } from './picture-route.js';
import type { SandboxContext } from './sandbox-context.js';
import { createSubmitHandler } from './submit-handler.js';
import { readJson, sendBytes, sendJson } from './wire-answer.js';

/** The base paths that ModelsLab documents for face swap. */
const basePaths = [
  '/api/v6/deepfake',
  '/api/v6/faceswap',
  '/api/v1/enterprise/deepfake',
  '/api/v1/enterprise/faceswap',
];

/** Three pictures of 15 MiB in base64. */
const maxBodyBytes = 64 * 1024 * 1024;

/** All of the sandbox's routes. A handler that throws produces a 500 and a log line. */
export function createRoutes(context: SandboxContext): RequestListener {
  const submit = createSubmitHandler(context);
  const fetch = createFetchHandler(context);
  const deletePicture = createDeleteHandler(context);
  const tellAccount = createAccountHandler(context);
  const servePicture = createPictureRoute(context);

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const basePath = basePaths.find((base) => path.startsWith(`${base}/`));
    if (basePath !== undefined && request.method === 'POST') {
      const action = path.slice(basePath.length + 1);
      const origin = context.publicUrl ?? `http://${request.headers.host ?? 'localhost'}`;
      const body = await readJson(request, maxBodyBytes);
      const operation = sandboxOperations.find((known) => known.path === action);
      if (operation) return submit(operation, body, { origin, basePath }, response);
      const [, fetchPath = '', id = ''] = /^(fetch|results)\/([^/]+)$/.exec(action) ?? [];
      if (id !== '') return fetch({ id: decodeURIComponent(id), path: fetchPath, origin }, body, response);
    }
    if (path === deletePath && request.method === 'POST')
      return deletePicture(await readJson(request, maxBodyBytes), response);
    const account = accountPaths[path];
    if (account !== undefined && request.method === 'POST')
      return tellAccount(account, await readJson(request, maxBodyBytes), response);
    const [, folder = '', name = ''] = /^\/([^/]*)\/?(.*)$/.exec(path) ?? [];
    if (folder === '_sandbox') return handleControl(context, name, request, response);
    if (request.method === 'GET' || request.method === 'HEAD') {
      if (folder === 'generations' && (await servePicture(name, response))) return;
      const file = folder === 'samples' ? await readSample(name) : undefined;
      if (file !== undefined) return sendBytes(response, 200, file.contentType, file.bytes);
    }
    sendJson(response, 404, { status: 'error', message: `No ${request.method} ${path} in the sandbox` });
  };

  return (request, response) => {
    route(request, response).catch((error: unknown) => {
      if (context.signal.aborted) return;
      context.logger.warn({ error: String(error) }, 'sandbox: failed to handle a request');
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { status: 'error', message: String(error) });
    });
  };
}
