import { type RefCallback, useCallback, useRef } from 'react';

const aheadPx = 400;

/** A ref for the last element of a list: calls back when it comes close to the viewport. */
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
