import { useReactiveVar } from '@apollo/client/react';
import { consentQuestion } from '../draft/consent.ts';
import { t } from '../messages/messages.ts';
import { Dialog } from '../ui/dialog.tsx';

/** Asks about the people shown; open while a request waits for the answer. */
export function ConsentDialog() {
  const question = useReactiveVar(consentQuestion);
  const answer = (isGiven: boolean) => () => question?.answer(isGiven);
  return (
    <Dialog isOpen={question !== undefined} title={t.consent.title} onClose={answer(false)}>
      <ul className="dialog-points">
        {t.consent.points.map(([title, text]) => (
          <li key={title}>
            <strong>{title}</strong> {text}
          </li>
        ))}
      </ul>
      <p className="dialog-note">{t.consent.note}</p>
      <div className="dialog-buttons">
        <button type="button" className="button" onClick={answer(false)}>
          {t.consent.decline}
        </button>
        <button type="button" className="button button-main" onClick={answer(true)}>
          {t.consent.accept}
        </button>
      </div>
    </Dialog>
  );
}
