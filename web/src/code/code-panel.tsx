import { useReactiveVar } from '@apollo/client/react';
import { useState } from 'react';
import { draftInput, slots, watermark } from '../draft/draft.ts';
import type { DraftInput } from '../draft/draft-input.ts';
import type { SwapCardFragment } from '../generated/graphql.ts';
import { t } from '../messages/messages.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { Empty } from '../ui/empty.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { type Language, languages, snippetsOf } from './snippets.ts';

/** The call that made the swap shown, or that the form would make, as programs to copy. */
export default function CodePanel({ swap }: { swap: SwapCardFragment | undefined }) {
  const [language, setLanguage] = useState<Language>('curl');
  const draft = draftInput(useReactiveVar(slots), useReactiveVar(watermark));
  const shown = swap?.erasedAt ? undefined : swap;
  const input = shown ? inputOf(shown) : draft;
  const options = languages.map((value) => ({ value, label: t.code.languages[value] }));
  if (!input) {
    return (
      <div className="stage stage-empty">
        <Empty>
          <p>{t.result.draftEmpty}</p>
        </Empty>
      </div>
    );
  }
  return (
    <div className="code">
      <div className="code-head">
        <Segmented label={t.code.language} options={options} value={language} onChange={setLanguage} />
        <p className="muted">
          {shown ? t.code.ofSwap : t.code.ofDraft} {t.code.key}
        </p>
      </div>
      {snippetsOf(language, { origin: location.origin, input }).map(({ role, text }) => (
        <div key={role} className="snippet">
          {role === 'variables' && <h3>{t.code.variables}</h3>}
          <CopyButton label={t.code.copy} icon="copy" text={() => text} isLabeled />
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
          <pre tabIndex={0} data-arrows dir="ltr">
            <code>{text}</code>
          </pre>
        </div>
      ))}
    </div>
  );
}

function inputOf({
  initImage,
  targetImage,
  referenceImage,
  watermark: isMarked,
}: SwapCardFragment): DraftInput {
  return { initImage, targetImage, referenceImage, watermark: isMarked };
}
