import { type RefCallback, useCallback, useRef } from 'react';

const aheadPx = 400;

/**
 * A ref for the last element of a list: calls back when it comes close to the viewport, and again if it is still close after
 * the list has grown.
 */
export function useEndOfList(onNear: () => void, length: number): RefCallback<Element> {
  const latest = useRef(onNear);
  latest.current = onNear;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a longer list is a reason to look again
  return useCallback(
    (element: Element | null) => {
      if (!element) return;
      const observer = new IntersectionObserver(
        ([entry]) => {
          if (entry?.isIntersecting) latest.current();
        },
        { rootMargin: `${aheadPx}px` },
      );
      observer.observe(element);
      return () => observer.disconnect();
    },
    [length],
  );
}
