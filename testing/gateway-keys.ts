import { createHash } from 'node:crypto';

/** Value of GATEWAY_API_KEYS for clients whose key is their name plus `-key`. */
export function keysFor(...clients: string[]): string {
  return clients
    .map((client) => `${client}:${createHash('sha256').update(`${client}-key`).digest('hex')}`)
    .join(',');
}

export const bearer = (client: string): { authorization: string } => ({
  authorization: `Bearer ${client}-key`,
});
