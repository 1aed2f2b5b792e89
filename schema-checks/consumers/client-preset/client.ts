import { exact } from './exact';
import { graphql, useFragment as readFragment } from './generated';
import { type FollowSwapSubscription, ListSwapsDocument, SwapStateFragmentDoc } from './generated/graphql';
import { createdAfter, url } from './input';

const LastSwap = graphql(/* GraphQL */ `
  query LastSwap($status: [SwapStatus!]) {
    swaps(first: 1, status: $status) {
      nodes {
        id
        createdAt
        trackId
        initImage
        expiresAt
      }
    }
  }
`);

interface Typed<Result, Variables> {
  __apiType?: (variables: Variables) => Result;
}

async function send<Result, Variables>(
  document: Typed<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const response = await fetch(url, {
    method: 'POST',
    body: JSON.stringify({ query: String(document), variables }),
  });
  return ((await response.json()) as { data: Result }).data;
}

const { swaps } = await send(LastSwap, { status: ['SUCCEEDED'] });
const [last] = swaps.nodes;
if (last) {
  exact<string>()(last.id);
  exact<string>()(last.createdAt);
  exact<number | null>()(last.trackId);
  exact<string>()(last.initImage);
  exact<string | null>()(last.expiresAt);
}

const list = await send(ListSwapsDocument, { first: 10, createdAfter });
for (const { node } of list.swaps.edges) exact<string[]>()(readFragment(SwapStateFragmentDoc, node).output);

export const isEnded = ({ swapUpdated }: FollowSwapSubscription): boolean =>
  readFragment(SwapStateFragmentDoc, swapUpdated).completedAt !== null;
