import { randomUUID } from 'node:crypto';
import type { FaultDraw } from './fault-draw.js';

/** The variant of ModelsLab's format used for the bodies about one request. */
export interface Dialect {
  readonly idForm: 'number' | 'string' | 'dashed' | 'uuid' | 'huge';
  /** Padding added to a link, in characters. */
  readonly linkPadding: number;
  readonly trackIdAsString: boolean;
  readonly messageField: 'message' | 'messege';
  readonly failedStatus: 'failed' | 'error';
  readonly errorsAs200: boolean;
}

export function drawDialect(draw: FaultDraw): Dialect {
  return {
    idForm: drawIdForm(draw),
    linkPadding: draw.happens('outputLong') ? 3_000 + Math.floor(draw.fraction('linkPadding') * 4_800) : 0,
    trackIdAsString: draw.happens('trackIdAsString'),
    messageField: draw.happens('messege') ? 'messege' : 'message',
    failedStatus: draw.happens('failedAsError') ? 'error' : 'failed',
    errorsAs200: draw.happens('errorsAs200'),
  };
}

function drawIdForm(draw: FaultDraw): Dialect['idForm'] {
  if (draw.happens('idDashed')) return 'dashed';
  if (draw.happens('idUuid')) return 'uuid';
  if (draw.happens('idHuge')) return 'huge';
  return draw.happens('idAsString') ? 'string' : 'number';
}

/** The id of the `n`th job. */
export function makeId({ idForm }: Dialect, n: number): number | string {
  if (idForm === 'dashed') return `abc${n}-def${n % 1_000}`;
  if (idForm === 'uuid') return randomUUID();
  return idForm === 'huge' ? String(2n ** 53n + BigInt(n)) : n;
}
