import type { GatewayServices } from '../graphql/context.js';
import { isEnded } from '../swap/swap.js';
import type { Admission } from './admission.js';
import type { AddressReader } from './client-address.js';
import type { HttpServer } from './http-server.js';

export interface ResultPicture {
  contentType: string;
  bytes: Buffer;
}

/** Fetches a finished picture from where ModelsLab put it; undefined if it is not there, too large, or no picture. */
export type ResultReader = (url: string) => Promise<ResultPicture | undefined>;

export interface DownloadRouteOptions {
  services: GatewayServices;
  admission: Admission;
  readAddress: AddressReader;
  readResult: ResultReader;
}

const endings: Record<string, string> = { 'image/jpeg': 'jpg', 'image/png': 'png', 'image/webp': 'webp' };

/**
 * `GET /swaps/{id}/download`: the result as a file, for the swap's own client. A page cannot have a browser save what lies on
 * ModelsLab's host, which allows no other origins.
 */
export function mountDownloads(
  server: HttpServer,
  { services, admission, readAddress, readResult }: DownloadRouteOptions,
): void {
  server.get<{ Params: { id: string } }>('/swaps/:id/download', async (request, reply) => {
    const { authorization, host } = request.headers;
    const address = () => readAddress(request.raw);
    const { client } = await admission.admit({ authorization, host, address, work: 'query' });
    const view = await services.swaps.get(client, request.params.id);
    const url = view && isEnded(view.swap) ? view.swap.result?.output[0] : undefined;
    if (!view || url === undefined) return reply.callNotFound();
    const picture = await readResult(url);
    if (!picture)
      return reply.status(404).send({ errors: [{ message: 'The result is not there any more.' }] });
    const ending = endings[picture.contentType] ?? 'img';
    return reply
      .header('content-disposition', `attachment; filename="swap-${view.swap.id.slice(0, 8)}.${ending}"`)
      .type(picture.contentType)
      .send(picture.bytes);
  });
}
