import type { SwapCardFragment } from '../generated/graphql.ts';

/** The mutation that requests this swap, for pasting into the IDE or a program. */
export function swapAsGraphql(swap: SwapCardFragment): string {
  const { initImage, targetImage, referenceImage, watermark } = swap;
  return `mutation {
  singleFaceSwap(
    input: {
      initImage: ${JSON.stringify(initImage)}
      targetImage: ${JSON.stringify(targetImage)}
      referenceImage: ${JSON.stringify(referenceImage)}
      watermark: ${watermark}
      consent: true
    }
  ) {
    id
    status
    queuePosition
    output
    error {
      code
      message
    }
  }
}
`;
}
