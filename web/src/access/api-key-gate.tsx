import { useApolloClient, useReactiveVar } from '@apollo/client/react';
import type { FormEvent } from 'react';
import { keyRequest, storeApiKey } from '../gateway/api-key.ts';
import { socket } from '../gateway/client.ts';
import { askAgain } from '../gateway/connection.ts';

/** Asks for the key of a gateway that wants one. Each client sees its own swaps only. */
export function ApiKeyGate() {
  const client = useApolloClient();
  const isWrong = useReactiveVar(keyRequest) === 'wrong';
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const key = String(new FormData(event.currentTarget).get('key') ?? '').trim();
    if (key === '') return;
    storeApiKey(key);
    socket.terminate();
    // Whoever had the key before has other swaps. Not `clearStore`: what is on the page goes on listening.
    void client.cache.reset().then(askAgain);
  };
  return (
    <form className="gate" onSubmit={submit}>
      <h2>This gateway asks for a key</h2>
      <p id="key-hint">Your operator gives you one. It is kept in this tab until you close it.</p>
      <label htmlFor="key">API key or token</label>
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
        <p className="slot-problem" id="key-problem" role="alert">
          The gateway does not know this key.
        </p>
      )}
      <button type="submit" className="button button-main button-large">
        Open the Studio
      </button>
    </form>
  );
}
