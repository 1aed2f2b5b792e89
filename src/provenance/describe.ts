import type { ProvenanceState } from '../swap/labeler.js';
import type { Provenance } from './read-provenance.js';

const meanings: Readonly<Record<ProvenanceState, string>> = {
  LABELED: 'states its digital source type in XMP',
  PRESERVED: 'comes with C2PA data, which is not verified here',
  UNSUPPORTED: 'is in a format that is not read for labels',
  UNREADABLE: 'is damaged',
  NONE: 'says nothing about its origin',
};

/** What a picture says about its origin, in lines for people. */
export function describeProvenance(name: string, provenance: Provenance): string {
  const { state, format, digitalSourceType, system, systemVersion, time, remoteManifest } = provenance;
  const facts = [
    ['format', format],
    ['digital source type', digitalSourceType],
    ['system', systemVersion === undefined ? system : `${system ?? ''} ${systemVersion}`.trim()],
    ['time', time],
    ['C2PA manifest', remoteManifest],
  ];
  const lines = facts
    .filter(([, value]) => value !== undefined)
    .map(([what, value]) => `  ${what}: ${value}`);
  return [`${name}: ${state}, ${meanings[state]}`, ...lines].join('\n');
}
