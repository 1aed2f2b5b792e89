import { makeVar } from '@apollo/client';

/** Version of the consent dialog's text; to be changed with it. Kept by the gateway as evidence. */
export const consentStatement = 'Studio consent dialog, version 2';

const storageKey = 'face-swap-consented-pictures';
const maxRemembered = 500;

/** A picture to ask about. Any of its names identifies it: its URL, or whom it shows. */
export type Pictured = readonly string[];

/** Set while the dialog is open. */
export const consentQuestion = makeVar<{ answer(isGiven: boolean): void } | undefined>(undefined);

function readRemembered(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]');
    return Array.isArray(stored) ? stored.filter((name) => typeof name === 'string') : [];
  } catch {
    return [];
  }
}

/**
 * Asks for consent, unless all pictures are drawn or were asked about before.
 * @param isDrawn whether a picture shows no real person
 * @returns what to send with the request; undefined if consent was refused
 */
export async function askConsent(
  pictures: readonly Pictured[],
  isDrawn: (url: string) => boolean,
): Promise<{ consent?: true; consentStatement?: string } | undefined> {
  const shown = pictures.filter((names) => !names.some(isDrawn));
  if (shown.length === 0) return {};
  const given = { consent: true, consentStatement } as const;
  const remembered = new Set(readRemembered());
  if (shown.every((names) => names.some((name) => remembered.has(name)))) {
    remember(shown);
    return given;
  }
  const isGiven = await new Promise<boolean>((resolve) => consentQuestion({ answer: resolve }));
  consentQuestion(undefined);
  if (!isGiven) return undefined;
  remember(shown);
  return given;
}

function remember(pictures: readonly Pictured[]): void {
  const names = [...new Set([...pictures.flat(), ...readRemembered()])].slice(0, maxRemembered);
  localStorage.setItem(storageKey, JSON.stringify(names));
}
