import type { FaultDraw } from './fault-draw.js';
import type { Answer } from './wire-bodies.js';

/** Cloudflare's response when it never reached the origin. */
const unreached = [521, 523, 525, 526, 530];
/** Cloudflare's response when it reached the origin but got an unusable response. */
const reached = [520, 522, 524];
const redirects = [301, 302, 307, 308];

const pick = (draw: FaultDraw, values: readonly number[]): number =>
  values[Math.floor(draw.fraction('cdn') * values.length)] ?? 521;
const sign = { server: 'cloudflare', 'cf-ray': '8f3a1c2b4d5e6f70-FRA' };

/** Nothing was accepted, and the headers prove it. */
export const cdnBefore = (draw: FaultDraw): Answer => cdnAnswer(pick(draw, unreached), sign);

/** The submission may have been accepted, even if a CDN wrote the response. */
export const cdnAfter = (draw: FaultDraw): Answer => cdnAnswer(pick(draw, reached), sign);

/** The status alone proves nothing: another proxy may use it with a different meaning. */
export const cdnForged = (draw: FaultDraw): Answer => cdnAnswer(pick(draw, unreached), { server: 'nginx' });

export function redirect(draw: FaultDraw, path: string): Answer {
  const location = `https://moved.modelslab.example${path}`;
  return { status: pick(draw, redirects), headers: { location }, body: { message: 'Moved' } };
}

function cdnAnswer(status: number, headers: Record<string, string>): Answer {
  return { status, headers, body: { error: `error code: ${status}` } };
}
