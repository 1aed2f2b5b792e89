import type { RequestError } from '../gateway/request-error.ts';
import type { StatusQuery } from '../generated/graphql.ts';

interface ComposeBarProps {
  watermark: boolean;
  isSending: boolean;
  requestError: RequestError | undefined;
  upstream: StatusQuery['gatewayStatus']['upstream'] | undefined;
  onWatermark(isOn: boolean): void;
}

const costs = {
  SANDBOX: 'Sandbox: faces are only pasted, and swaps are free.',
  LIVE: 'Live: ModelsLab charges for each swap.',
} as const;

/** Watermark switch, cost and submit button. */
export function ComposeBar({ watermark, isSending, requestError, upstream, onWatermark }: ComposeBarProps) {
  return (
    <div className="compose-bar">
      <label className="switch">
        <input type="checkbox" checked={watermark} onChange={({ target }) => onWatermark(target.checked)} />
        <span className="switch-track" aria-hidden="true" />
        Watermark
      </label>
      {requestError && requestError.fields.length === 0 ? (
        <p className="compose-words compose-error" role="alert">
          {requestError.message}
        </p>
      ) : (
        <p className="compose-words">{upstream && costs[upstream]}</p>
      )}
      <button type="submit" className="button button-main button-large" disabled={isSending}>
        {isSending ? 'Sending…' : 'Swap faces'}
      </button>
    </div>
  );
}
