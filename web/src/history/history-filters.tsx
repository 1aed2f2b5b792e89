import { useReactiveVar } from '@apollo/client/react';
import { t } from '../messages/messages.ts';
import { historyFilter, sinceFilters, stateFilters } from './filter.ts';

/** Which swaps the history shows. */
export function HistoryFilters() {
  const filter = useReactiveVar(historyFilter);
  const states = {
    all: t.history.allStates,
    live: t.history.inProgress,
    succeeded: t.history.succeeded,
    unsuccessful: t.history.notSucceeded,
  };
  const times = {
    any: t.history.anyTime,
    today: t.history.today,
    week: t.history.week,
    month: t.history.month,
  };
  const put = (part: object): void => {
    historyFilter({ ...filter, ...part });
  };
  return (
    <div className="filters">
      <Choice
        label={t.history.state}
        options={stateFilters.map((value) => [value, states[value]])}
        value={filter.state}
        onChange={(state) => put({ state })}
      />
      <Choice
        label={t.history.since}
        options={sinceFilters.map((value) => [value, times[value]])}
        value={filter.since}
        onChange={(since) => put({ since })}
      />
    </div>
  );
}

interface ChoiceProps {
  label: string;
  options: readonly (readonly [value: string, label: string])[];
  value: string;
  onChange(value: string): void;
}

function Choice({ label, options, value, onChange }: ChoiceProps) {
  return (
    <select
      className="select"
      aria-label={label}
      value={value}
      onChange={({ target }) => onChange(target.value)}
    >
      {options.map(([option, words]) => (
        <option key={option} value={option}>
          {words}
        </option>
      ))}
    </select>
  );
}
