import { useState } from 'react';

const storageKey = 'face-swap-consent';

/** Whether whoever uses this browser has accepted the notice on consent; remembered. */
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
