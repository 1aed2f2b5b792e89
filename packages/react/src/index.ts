'use client';
export { SwapClientProvider, type SwapClientProviderProps, useSwapClient } from './swap-client-context.js';
export { type FaceSwap, type FaceSwapOptions, useFaceSwap } from './use-face-swap.js';
export { type FollowedSwap, useSwap } from './use-swap.js';
export { type SwapList, type SwapsOptions, useSwaps } from './use-swaps.js';
export { type Upload, useUpload } from './use-upload.js';
