import { exact } from './exact';
import { createClient } from './generated';
import { createdAfter, input, url } from './input';

const client = createClient({ url, headers: { authorization: 'Bearer my-key' } });

const { singleFaceSwap } = await client.mutation({
  singleFaceSwap: {
    __args: { input, wait: 20 },
    id: true,
    status: true,
    output: true,
    trackId: true,
    createdAt: true,
  },
});
exact<string>()(singleFaceSwap.createdAt);
exact<string[]>()(singleFaceSwap.output);
if (singleFaceSwap.trackId !== null) exact<number>()(singleFaceSwap.trackId);

const { swaps } = await client.query({
  swaps: { __args: { status: ['FAILED'], createdAfter }, nodes: { id: true, initImage: true } },
});
for (const { initImage } of swaps.nodes) exact<string>()(initImage);
