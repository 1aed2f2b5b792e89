import { useReactiveVar } from '@apollo/client/react';
import { lazy, Suspense } from 'react';
import { t } from '../messages/messages.ts';
import { Segmented } from '../ui/segmented.tsx';
import { DraftStage } from './draft-stage.tsx';
import { ResultFoot } from './result-foot.tsx';
import { resultTab } from './selection.ts';
import { StateLine } from './state-line.tsx';
import { SwapStage } from './swap-stage.tsx';
import { usePageTitle } from './use-page-title.ts';
import { useSelectedSwap } from './use-selected-swap.ts';
import { Walk } from './walk.tsx';

const CodePanel = lazy(() => import('../code/code-panel.tsx'));

/** What the page is about: the selected swap, or the one being composed. */
export function ResultPanel() {
  const selected = useSelectedSwap();
  const { id, swap } = selected;
  const tab = useReactiveVar(resultTab);
  usePageTitle(swap);
  const tabs = [
    { value: 'result', label: t.result.tabResult },
    { value: 'code', label: t.result.tabCode },
  ] as const;
  return (
    <section className="result" id="result" aria-labelledby="result-title" data-status={swap?.status}>
      <header className="result-head">
        <h2 id="result-title" className="visually-hidden">
          {t.result.title}
        </h2>
        {swap ? (
          <StateLine swap={swap} />
        ) : (
          <p className="state-line">{id === undefined && t.result.preview}</p>
        )}
        <Walk />
        <Segmented label={t.result.tabs} options={tabs} value={tab} onChange={resultTab} />
      </header>
      {tab === 'code' ? (
        <Suspense fallback={<div className="stage" />}>
          <CodePanel swap={swap} />
        </Suspense>
      ) : id === undefined ? (
        <DraftStage />
      ) : (
        <SwapStage key={`stage ${id}`} {...selected} />
      )}
      {swap && <ResultFoot key={`foot ${swap.id}`} swap={swap} />}
    </section>
  );
}
