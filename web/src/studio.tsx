import { useReactiveVar } from '@apollo/client/react';
import { ApiKeyGate } from './access/api-key-gate.tsx';
import { ComposePanel } from './compose/compose-panel.tsx';
import { keyRequest } from './gateway/api-key.ts';
import { useGateway } from './gateway/use-gateway.ts';
import { ConnectionBanner } from './status/connection-banner.tsx';
import { StatusLine } from './status/status-line.tsx';
import { MySwaps } from './swaps/my-swaps.tsx';
import { Announcer } from './ui/announcer.tsx';
import { Mark } from './ui/mark.tsx';

/** The whole page. */
export function Studio() {
  useGateway();
  const isLocked = useReactiveVar(keyRequest) !== 'none';
  return (
    <>
      <header className="top">
        <h1>
          <Mark />
          Face Swap Studio
        </h1>
        {!isLocked && <StatusLine />}
      </header>
      <ConnectionBanner />
      {isLocked && (
        <main className="page">
          <ApiKeyGate />
        </main>
      )}
      {/* Stays mounted while a key is requested, so that nothing chosen is lost. */}
      <main className="page" hidden={isLocked}>
        <ComposePanel />
        <MySwaps />
      </main>
      <Announcer />
    </>
  );
}
