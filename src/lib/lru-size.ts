/**
 * Counts each entry of an `LRUCache` as one. With `maxSize: n` and this as `sizeCalculation`, a cache has at most n entries, like with
 * `max: n`, but does not allocate room for all of them in advance.
 */
export const one = (): number => 1;
