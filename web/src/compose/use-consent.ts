import { useState } from 'react';

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
