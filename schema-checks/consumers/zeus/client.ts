import { exact } from './exact';
import { createdAfter, input, url } from './input';
import { Chain, ZeusScalars } from './zeus';

const scalars = ZeusScalars({
  // Zeus maps not even the specification's own.
  ID: { encode: (id: unknown) => JSON.stringify(id), decode: (id: unknown) => id as string },
  DateTime: { encode: (time: unknown) => JSON.stringify(time), decode: (time: unknown) => time as string },
  SafeInt: {
    encode: (integer: unknown) => JSON.stringify(integer),
    decode: (integer: unknown) => integer as number,
  },
  URL: {
    encode: (address: unknown) => JSON.stringify(address),
    decode: (address: unknown) => address as string,
  },
});
const chain = Chain(url, { headers: { 'content-type': 'application/json', authorization: 'Bearer my-key' } });

const { singleFaceSwap } = await chain('mutation', { scalars })({
  singleFaceSwap: [
    { input, wait: 20 },
    { id: true, status: true, output: true, trackId: true, createdAt: true },
  ],
});
exact<string>()(singleFaceSwap.createdAt);
exact<string[]>()(singleFaceSwap.output);
exact<string>()(singleFaceSwap.id);

const { swaps } = await chain('query', { scalars })({
  swaps: [{ first: 20, createdAfter }, { nodes: { id: true, initImage: true } }],
});
for (const { initImage } of swaps.nodes) exact<string>()(initImage);
