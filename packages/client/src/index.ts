export type { ReusePolicy, SingleFaceSwapInput, SwapErrorCode, SwapStatus } from '../generated/graphql.js';
export type { Token } from './credentials.js';
export type { PendingSwap, SwapStorage } from './pending-swaps.js';
export type { NativePicture, Picture, UploadedPicture } from './picture.js';
export { createSwapClient } from './swap-client.js';
export {
  SwapClientError,
  type SwapClientErrorCode,
  type SwapClientErrorDetails,
} from './swap-client-error.js';
export type {
  CanceledSwap,
  Erasure,
  FollowOptions,
  GatewayStatus,
  ListOptions,
  RequestOptions,
  Sample,
  SwapClient,
  SwapClientOptions,
  SwapDetails,
  SwapPage,
  SwapSummary,
  TransportName,
} from './swap-client-types.js';
export { isEnded, type Swap } from './swap-state.js';
