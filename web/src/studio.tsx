import { useReactiveVar } from '@apollo/client/react';
import { ApiKeyGate } from './access/api-key-gate.tsx';
import { ComposePanel } from './compose/compose-panel.tsx';
import { ConsentDialog } from './compose/consent-dialog.tsx';
import { keyRequest } from './gateway/api-key.ts';
import { useGateway } from './gateway/use-gateway.ts';
import { History } from './history/history.tsx';
import { LiveSwaps } from './result/live-swaps.tsx';
import { ResultPanel } from './result/result-panel.tsx';
import { ConnectionBanner } from './status/connection-banner.tsx';
import { Announcer } from './ui/announcer.tsx';
import { Header } from './ui/header.tsx';

/** The whole page. */
export function Studio() {
  useGateway();
  const isLocked = useReactiveVar(keyRequest) !== 'none';
  return (
    <>
      <Header isLocked={isLocked} />
      <ConnectionBanner />
      {isLocked && (
        <main className="page">
          <ApiKeyGate />
        </main>
      )}
      {/* Stays mounted while a key is requested, so that nothing chosen is lost. */}
      <main className="page" hidden={isLocked}>
        <div className="bench">
          <ComposePanel />
          <ResultPanel />
        </div>
        <History />
      </main>
      <ConsentDialog />
      <LiveSwaps />
      <Announcer />
    </>
  );
}
