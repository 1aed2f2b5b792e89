import { useState } from 'react';

interface ThumbProps {
  src: string;
  className?: string;
}

/** A small decorative picture; nothing if it does not load. */
export function Thumb({ src, className }: ThumbProps) {
  const [broken, setBroken] = useState('');
  if (broken === src) return <span className={className} />;
  return (
    <img
      className={className}
      src={src}
      alt=""
      loading="lazy"
      decoding="async"
      onError={() => setBroken(src)}
    />
  );
}
