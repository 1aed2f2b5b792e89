/** Scrolls an element that is low on the screen, or below it, to the middle, so that what is above stays visible. */
export function scrollTowards(id: string): void {
  const element = document.getElementById(id);
  if (!element || element.getBoundingClientRect().top < innerHeight / 2) return;
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  element.scrollIntoView({ block: 'center', behavior: isCalm ? 'auto' : 'smooth' });
}
