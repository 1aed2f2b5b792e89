import { useReactiveVar } from '@apollo/client/react';
import { requestError, watermark } from '../draft/draft.ts';
import { isSending } from '../draft/request-swap.ts';
import { t } from '../messages/messages.ts';
import type { StatusQuery } from '../status/use-gateway-status.ts';

/** Of the submit button. */
export const submitId = 'swap-faces';

/** Watermark switch, cost and submit button. */
export function ComposeBar({ upstream }: { upstream: StatusQuery['upstream'] | undefined }) {
  const isMarked = useReactiveVar(watermark);
  const isBusy = useReactiveVar(isSending);
  const error = useReactiveVar(requestError);
  const isAboutSlots = error?.fields.some(({ path }) => path.endsWith('Image'));
  return (
    <div className="compose-bar">
      <label className="switch">
        <input
          type="checkbox"
          checked={isMarked}
          onChange={({ target }) => {
            watermark(target.checked);
            requestError(undefined);
          }}
        />
        <span className="switch-track" aria-hidden="true" />
        {t.compose.watermark}
      </label>
      {error && !isAboutSlots ? (
        <p className="problem" role="alert">
          {error.fields[0]
            ? `${error.fields[0].path.replace('input.', '')} ${error.fields[0].message}`
            : error.message}
        </p>
      ) : (
        <p className="compose-words">{upstream && t.compose.costs[upstream]}</p>
      )}
      {/* Not `disabled`, which would drop the focus. */}
      <button type="submit" id={submitId} className="button button-main button-large" aria-disabled={isBusy}>
        {isBusy ? t.compose.sending : t.compose.submit}
      </button>
    </div>
  );
}
