import { createSwapClient, type SingleFaceSwapInput, SwapClientError } from '@face-swap-gateway/client';
import { createUploader } from '@face-swap-gateway/client/uploads';

async function main(url: string): Promise<void> {
  const sample = await fetch(`${url}/samples/ada.jpg`);
  const { url: initImage } = await createUploader({ url })(await sample.blob());
  const input: SingleFaceSwapInput = {
    initImage,
    targetImage: `${url}/samples/bruno.jpg`,
    referenceImage: initImage,
  };
  const swaps = createSwapClient({ url });
  const swap = await swaps.swap(input);
  console.log(swap.status, swap.output.length);
  try {
    await swaps.swap({ ...input, initImage: 'no URL' });
  } catch (error) {
    if (!(error instanceof SwapClientError)) throw error;
    console.log(error.code, error.fields[0]?.path);
  }
}

void main(process.argv[2] ?? '');
