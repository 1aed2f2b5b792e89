import { en, type Messages } from './en.ts';

/** What the Studio says. Read it while rendering, not while a module loads: the language may be set later. */
export let t: Messages = en;

/**
 * Sets the language before the first rendering. `?lang=en-XA` and `?lang=ar-XB` are pseudo-locales for tests, longer by 40 %
 * and also right to left.
 */
export async function loadMessages(search: string): Promise<void> {
  const lang = new URLSearchParams(search).get('lang');
  if (lang !== 'en-XA' && lang !== 'ar-XB') return;
  const { lengthen } = await import('./pseudo.ts');
  t = lengthen(en);
  document.documentElement.lang = lang;
  if (lang === 'ar-XB') document.documentElement.dir = 'rtl';
}
