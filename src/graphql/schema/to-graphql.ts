import type { SwapFileView } from '../../swap/file-urls.js';
import type { FileLabel } from '../../swap/files.js';
import { provenanceStates } from '../../swap/labeler.js';
import { type EndedSwap, isEnded, type LateResult, type SwapMeta } from '../../swap/swap.js';
import type { SwapView } from '../../swap/watch.js';
import type { Provenance } from './provenance.types.js';
import type { LateResult as GraphqlLateResult, SwapMeta as GraphqlSwapMeta, Swap } from './swap.types.js';
import type { SwapFile } from './swap-file.types.js';

/** Maps a swap to its schema type. */
export function toGraphql({ swap, queuePosition, files }: SwapView): Swap {
  const ended = isEnded(swap) ? swap : undefined;
  const urls = files?.map(({ url }) => url);
  const { trackId, ...request } = swap.request;
  return {
    id: swap.id,
    status: swap.status,
    initImage: request.initImage,
    targetImage: request.targetImage,
    referenceImage: request.referenceImage,
    watermark: request.watermark,
    trackId: trackId ?? null,
    modelsLabId: swap.modelsLabId ?? null,
    queuePosition,
    estimatedCompletionAt: swap.status === 'PROCESSING' ? (swap.estimatedCompletionAt ?? null) : null,
    output: (ended?.result && urls) ?? ended?.result?.output ?? [],
    files: files?.map(toGraphqlFile) ?? [],
    archiveState: files ? (ended?.archive?.state ?? 'PENDING') : 'NONE',
    proxyLinks: ended?.result?.proxyLinks ?? [],
    generationTime: ended?.result?.generationTime ?? null,
    meta: ended?.result?.meta ? toGraphqlMeta(ended.result.meta) : null,
    error: ended?.error ?? null,
    lateResult: ended?.lateResult ? toGraphqlLateResult(ended.lateResult, urls) : null,
    recoveredFrom: ended?.recoveredFrom ?? null,
    createdAt: swap.createdAt,
    updatedAt: swap.updatedAt,
    completedAt: ended?.completedAt ?? null,
    expiresAt: ended?.expiresAt ?? null,
    erasedAt: ended?.erasedAt ?? null,
  };
}

function toGraphqlLateResult(
  { result, receivedAt }: LateResult,
  urls: string[] | undefined,
): GraphqlLateResult {
  return { output: urls ?? result.output, proxyLinks: result.proxyLinks, receivedAt };
}

function toGraphqlFile({ url, sourceUrl, archived, expiresAt, disclosure }: SwapFileView): SwapFile {
  return {
    url,
    contentType: archived?.contentType ?? null,
    bytes: archived?.bytes ?? null,
    width: archived?.width ?? null,
    height: archived?.height ?? null,
    sha256: archived?.sha256 ?? null,
    sourceUrl,
    sourceSha256: archived?.sourceSha256 ?? null,
    archivedAt: archived?.archivedAt ?? null,
    provenance: archived ? toGraphqlProvenance(archived.label, disclosure) : null,
    expiresAt,
  };
}

function toGraphqlProvenance(label: FileLabel | undefined, disclosure: string): Provenance {
  const { state, digitalSourceType }: FileLabel = label ?? { state: 'NONE' };
  return {
    // A newer gateway may have stored a state that this one does not know.
    state: provenanceStates.find((known) => known === state) ?? 'NONE',
    digitalSourceType: typeof digitalSourceType === 'string' ? digitalSourceType : null,
    disclosure,
  };
}

function toGraphqlMeta(meta: SwapMeta): GraphqlSwapMeta {
  return {
    seed: meta.seed ?? null,
    temporary: meta.temporary ?? null,
    filePrefix: meta.filePrefix ?? null,
    modelSaveFormat: meta.modelSaveFormat ?? null,
    watermark: meta.watermark ?? null,
    watermarkImage: meta.watermarkImage ?? null,
  };
}

/**
 * A finished swap as JSON, with the field names and formats of GraphQL responses: the body of a client webhook.
 * @param type event type, the first field of the body; undefined for the end of the swap
 */
export function toClientJson(swap: EndedSwap, files: SwapView['files'], type?: string): string {
  const fields = { ...(type !== undefined && { type }), ...toGraphql({ swap, files, queuePosition: null }) };
  return JSON.stringify(fields, (key, value: unknown) =>
    key.endsWith('At') && typeof value === 'number' ? new Date(value).toISOString() : value,
  );
}
