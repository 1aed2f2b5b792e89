import { describe, expect, test } from 'vitest';
import { startGatewayProcess } from '../../testing/gateway-process.js';
import { openSocket } from '../../testing/raw-socket.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const around = (open: string, inner: string, close: string, levels: number): string =>
  open.repeat(levels) + inner + close.repeat(levels);
const fragments = (count: number): string =>
  Array.from({ length: count }, (_, n) => `fragment F${n} on Swap{...F${n + 1}}`).join(' ');

/** At most 1,000 tokens, or as many as fit into a body. */
const documents = (levels: number): Record<string, string> => ({
  'selection sets': around('{a', '', '}', levels),
  'selection sets of real fields': `query{swaps{nodes${around('{meta', '{seed}', '}', levels)}}}`,
  'inline fragments': `query{swapResult(id:"a")${around('{...', '{id}', '}', levels)}}`,
  'lists in a literal': `query{swapResult(id:${around('[', '1', ']', levels)}){id}}`,
  'objects in a literal': `mutation{singleFaceSwap(input:${around('{a:', '1', '}', levels)}){id}}`,
  'lists in a type': `query($a:${around('[', 'ID', ']', levels)}){swapResult(id:$a){id}}`,
  'lists in a default value': `query($a:ID=${around('[', '1', ']', levels)}){swapResult(id:$a){id}}`,
  'lists in a directive': `query{swapResult(id:"a") @include(if:${around('[', '1', ']', levels)}){id}}`,
  'a chain of fragments': `query{swapResult(id:"a"){...F0}} ${fragments(Math.min(levels, 120))} fragment F${Math.min(levels, 120)} on Swap{id}`,
  'a circle of fragments': `query{swapResult(id:"a"){...F0}} ${fragments(Math.min(levels, 120))} fragment F${Math.min(levels, 120)} on Swap{...F0}`,
  'a subscription with lists': `subscription{swapUpdated(id:${around('[', '1', ']', levels)}){id}}`,
  'brackets that are not closed': `query{swapResult(id:${'['.repeat(levels)}`,
});

describe.each([100, 300, 490, 990, 10_000])('documents with %i levels', (levels) => {
  test('get errors on both transports, and the process survives', async () => {
    const gateway = await startGatewayProcess({
      DATA_DIR: temporaryFolder(),
      RATE_LIMIT: 'off',
    });
    const socket = await openSocket(gateway.url);
    await socket.init();
    for (const [kind, query] of Object.entries(documents(levels))) {
      // More than three times, so that the operation is compiled.
      for (let round = 0; round < 5; round += 1) {
        const { status, errors, data } = await gateway.graphql(query);
        expect([kind, status < 500, errors !== undefined || data !== undefined]).toEqual([kind, true, true]);
        const codes = (errors ?? []).map(({ extensions }) => extensions['code']);
        expect(codes).not.toContain('INTERNAL_SERVER_ERROR');
      }
      socket.subscribe(kind, query);
      expect([kind, (await socket.next()).type]).toEqual([kind, 'error']);
    }
    expect(await gateway.kill('SIGTERM')).toBe(0);
  });
});
