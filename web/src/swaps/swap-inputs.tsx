import { viewUrl } from '../gateway/own-pictures.ts';
import type { SwapCardFragment } from '../generated/graphql.ts';

/** Thumbnails of the swap's input pictures. */
export function SwapInputs({ swap: { initImage, targetImage, referenceImage } }: { swap: SwapCardFragment }) {
  const pictures = [
    { url: initImage, alt: 'Picture' },
    { url: targetImage, alt: 'New face' },
    { url: referenceImage, alt: 'Which face' },
  ];
  return (
    <div className="inputs">
      {pictures.map(({ url, alt }) => (
        <span key={alt} className="input-picture" title={alt}>
          <img src={viewUrl(url)} alt={alt} loading="lazy" decoding="async" />
        </span>
      ))}
    </div>
  );
}
