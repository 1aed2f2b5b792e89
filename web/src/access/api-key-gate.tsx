import { useApolloClient, useReactiveVar } from '@apollo/client/react';
import type { FormEvent } from 'react';
import { keyRequest, storeApiKey } from '../gateway/api-key.ts';
import { socket } from '../gateway/client.ts';
import { requestRefresh } from '../gateway/connection.ts';
import { t } from '../messages/messages.ts';

/** Shown when the gateway requires a key. Each client sees only its own swaps. */
export function ApiKeyGate() {
  const client = useApolloClient();
  const isWrong = useReactiveVar(keyRequest) === 'wrong';
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const key = String(new FormData(event.currentTarget).get('key') ?? '').trim();
    if (key === '') return;
    storeApiKey(key);
    socket.terminate();
    // Another key means other swaps. Not `clearStore`, which would stop the active queries.
    void client.cache.reset().then(requestRefresh);
  };
  return (
    <form className="gate" onSubmit={submit}>
      <h2>{t.gate.title}</h2>
      <p id="key-hint">{t.gate.hint}</p>
      <label htmlFor="key">{t.gate.field}</label>
      <input
        id="key"
        name="key"
        type="password"
        autoComplete="off"
        spellCheck={false}
        required
        aria-invalid={isWrong}
        aria-describedby={isWrong ? 'key-problem' : 'key-hint'}
      />
      {isWrong && (
        <p className="problem" id="key-problem" role="alert">
          {t.gate.wrong}
        </p>
      )}
      <button type="submit" className="button button-main button-large">
        {t.gate.submit}
      </button>
    </form>
  );
}
