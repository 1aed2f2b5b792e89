import type { Refusal } from '../gateway/refusal.ts';
import type { StatusQuery } from '../generated/graphql.ts';

interface ComposeBarProps {
  watermark: boolean;
  isSending: boolean;
  refusal: Refusal | undefined;
  upstream: StatusQuery['gatewayStatus']['upstream'] | undefined;
  onWatermark(isOn: boolean): void;
}

const costs = {
  SANDBOX: 'Sandbox: faces are only pasted over, nothing is paid for.',
  LIVE: 'Live: ModelsLab is paid for each swap.',
} as const;

/** Watermark, what it costs, and the button. */
export function ComposeBar({ watermark, isSending, refusal, upstream, onWatermark }: ComposeBarProps) {
  return (
    <div className="compose-bar">
      <label className="switch">
        <input type="checkbox" checked={watermark} onChange={({ target }) => onWatermark(target.checked)} />
        <span className="switch-track" aria-hidden="true" />
        Watermark
      </label>
      {refusal && refusal.fields.length === 0 ? (
        <p className="compose-words compose-refusal" role="alert">
          {refusal.message}
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
