import { useState } from 'react';

/** Version of the consent dialog's text; to be changed with it. Kept by the gateway as evidence. */
export const consentStatement = 'Studio consent dialog, version 1';

const storageKey = 'face-swap-consent';

/** Whether the user of this browser has given consent; stored in the browser. */
export function useConsent(): { isGiven: boolean; give(): void } {
  const [isGiven, setGiven] = useState(() => localStorage.getItem(storageKey) !== null);
  return {
    isGiven,
    give() {
      localStorage.setItem(storageKey, new Date().toISOString());
      setGiven(true);
    },
  };
}
