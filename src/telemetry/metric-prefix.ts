/** Before the names of the gateway's own metrics; those of Node.js and the process keep the names that everybody uses. */
export const metricPrefix = 'face_swap_gateway_';
