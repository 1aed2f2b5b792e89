/**
 * FAST_PATH of the environment, so that any test can run without the fast path:
 * `FAST_PATH=off npx vitest run test/graphql`.
 */
const { FAST_PATH } = process.env;
export const fastPathSetting: { FAST_PATH?: string } = FAST_PATH === undefined ? {} : { FAST_PATH };
