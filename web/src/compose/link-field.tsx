import { t } from '../messages/messages.ts';
import { Icon } from '../ui/icon.tsx';

interface LinkFieldProps {
  label: string;
  describedBy: string;
  isBad: boolean;
  url: string;
  onLink(url: string): void;
}

const maxUrlLength = 4096;

export function LinkField({ label, describedBy, isBad, url, onLink }: LinkFieldProps) {
  return (
    <label className="link-field">
      <Icon name="link" />
      <input
        type="url"
        inputMode="url"
        autoComplete="off"
        spellCheck={false}
        maxLength={maxUrlLength}
        placeholder={t.slot.linkPlaceholder}
        aria-label={t.slot.link(label)}
        aria-describedby={describedBy}
        aria-invalid={isBad}
        value={url}
        onChange={({ target }) => onLink(target.value)}
      />
    </label>
  );
}
