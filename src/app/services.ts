import { samples } from '../../samples/samples.js';
import type { Config } from '../config/config.js';
import type { GatewayServices } from '../graphql/context.js';
import { readVersion } from '../lib/project-files.js';
import type { UrlPolicy } from '../lib/public-url.js';
import type { AuditLog } from '../swap/audit-log.js';
import type { ClientRulesReader } from '../swap/client-rules.js';
import { createGatewayStatusReader } from '../swap/gateway-status.js';
import type { FaceSwapProvider, SwapQueue } from '../swap/ports.js';
import { createCommandParser } from '../swap/request.js';
import type { SwapService } from '../swap/service.js';
import type { Uploads } from '../uploads/uploads.js';
import { createUploadDeletion, type ErasureSystem } from './erasures.js';
import type { Identity } from './identity.js';
import { isSampleUrl, type OwnPictureLookup } from './own-pictures.js';

export interface ServicesOptions {
  config: Config;
  mode: 'LIVE' | 'SANDBOX';
  imagePolicy: UrlPolicy;
  findOwn: OwnPictureLookup;
  rulesOf: ClientRulesReader;
  identity: Pick<Identity, 'account'>;
  audit: AuditLog;
  swaps: SwapService;
  queue: SwapQueue;
  provider: FaceSwapProvider;
  uploads: Uploads | undefined;
  erasures: Pick<ErasureSystem, 'isUploadUsed'>;
  /** Where the gateway serves pictures, and whether they can be swapped. */
  pictures(): { origin: string; isReachable: boolean };
}

/** What resolvers call. */
export function createServices(options: ServicesOptions): GatewayServices {
  const { config, mode, imagePolicy, rulesOf, identity, audit, swaps, queue, provider, pictures } = options;
  const webhookPolicy = {
    allowHttp: false,
    allowLoopback: false,
    allowPrivate: config.allowPrivateWebhooks,
  };
  return {
    account: identity.account,
    audit,
    swaps,
    deleteUpload: createUploadDeletion(options.uploads, options.erasures.isUploadUsed),
    parseCommand: createCommandParser(imagePolicy, webhookPolicy, rulesOf, (url) =>
      isSampleUrl(options.findOwn, url),
    ),
    readStatus: createGatewayStatusReader(
      {
        version: readVersion(),
        upstream: mode,
        queueLimit: config.queueLimit,
        uploadsAccepted: options.uploads !== undefined,
      },
      { arePicturesReachable: () => pictures().isReachable, rulesOf },
      queue,
      provider,
    ),
    readSamples: () => (pictures().isReachable ? samplesAt(pictures().origin) : []),
  };
}

function samplesAt(origin: string): ReturnType<GatewayServices['readSamples']> {
  return samples.map(({ name, title, faces }) => ({ url: `${origin}/samples/${name}.jpg`, title, faces }));
}
