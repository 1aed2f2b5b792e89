import type { ResultOf, VariablesOf } from 'gql.tada';
import { exact } from './exact';
import { graphql } from './graphql';
import { createdAfter, input } from './input';

const SwapState = graphql(`
  fragment SwapState on Swap @_unmask {
    id
    status
    output
    trackId
    createdAt
    completedAt
  }
`);
const RequestSwap = graphql(
  `
    mutation RequestSwap($input: SingleFaceSwapInput!, $wait: Int) {
      singleFaceSwap(input: $input, wait: $wait) {
        ...SwapState
      }
    }
  `,
  [SwapState],
);
const ListSwaps = graphql(
  `
    query ListSwaps($status: [SwapStatus!], $createdAfter: DateTime) {
      swaps(status: $status, createdAfter: $createdAfter) {
        nodes {
          ...SwapState
        }
      }
    }
  `,
  [SwapState],
);

export const variables: VariablesOf<typeof RequestSwap> = { input, wait: 20 };
export const filter: VariablesOf<typeof ListSwaps> = { status: ['FAILED'], createdAfter };

export function check(
  { singleFaceSwap }: ResultOf<typeof RequestSwap>,
  { swaps }: ResultOf<typeof ListSwaps>,
): void {
  exact<string>()(singleFaceSwap.createdAt);
  exact<number | null>()(singleFaceSwap.trackId);
  exact<string[]>()(singleFaceSwap.output);
  for (const { completedAt } of swaps.nodes) exact<string | null>()(completedAt);
}
