import { type RefCallback, useCallback, useRef } from 'react';

const aheadPx = 400;

/** For the element at a list's end: calls when it comes near the screen. */
export function useEndOfList(onNear: () => void): RefCallback<Element> {
  const latest = useRef(onNear);
  latest.current = onNear;
  return useCallback((element: Element | null) => {
    if (!element) return;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) latest.current();
      },
      { rootMargin: `${aheadPx}px` },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
}
