/** Prefix of the gateway's own metrics. Those of Node.js and the process keep prom-client's names. */
export const metricPrefix = 'face_swap_gateway_';
