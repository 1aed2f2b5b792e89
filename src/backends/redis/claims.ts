import type { Claim, ClaimHolder } from '../../swap/ports.js';

/** Key without the prefix. Its value is "ID FINGERPRINT" of the swap that holds the claim. */
export function keyOfClaim(client: string, { kind, value }: Claim): string {
  return `claim:${encodeURIComponent(client)}:${kind}:${value}`;
}

export function readHolder(value: string): ClaimHolder {
  const [swapId = '', fingerprint = ''] = value.split(' ');
  return { swapId, fingerprint };
}
