/** Whether the links are equal, ignoring the scheme: the sandbox sends some without one, which are read as https. */
export function samePictures(shown: readonly string[], made: readonly string[]): boolean {
  return JSON.stringify(shown.map(withoutScheme)) === JSON.stringify(made.map(withoutScheme));
}

const withoutScheme = (link: string): string => link.replace(/^https?:/, '');
