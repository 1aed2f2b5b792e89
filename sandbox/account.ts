import { z } from 'zod';

/** How the endpoints about the account respond. Each form but the last few was seen, or is documented. */
export const accountAnswers = [
  'documented',
  'flat',
  'text',
  'wrapped',
  'phpWarning',
  'missing',
  'refused',
  'unauthorized',
  'limited',
  'error',
  'errorAs200',
  'html',
  'empty',
  'cut',
  'words',
  'negative',
  'fraction',
  'nothing',
  'redirected',
  'reset',
  'hang',
] as const;
export type AccountAnswer = (typeof accountAnswers)[number];

const stateSchema = z.strictObject({
  /** Null: never used up. */
  balance: z.number().min(0).nullable(),
  /** Of one swap. */
  price: z.number().min(0),
  answers: z.enum(accountAnswers),
});

export type AccountState = Readonly<z.output<typeof stateSchema>>;

/** Requests to the endpoints about the account. */
export interface AccountRequests {
  request_count: number;
  wallet_balance: number;
}

export interface SandboxAccount {
  current(): AccountState;
  /** @throws Error if a value is unknown or out of range */
  set(change: unknown): void;
  canPay(): boolean;
  /** Takes the price of a swap; false, and nothing is taken, if the balance is too low. */
  pay(): boolean;
  requests: AccountRequests;
}

/** The account that swaps are charged to. Its balance is never used up unless it is set. */
export function createAccount(): SandboxAccount {
  let state: AccountState = { balance: null, price: 1, answers: 'documented' };
  const canPay = (): boolean => state.balance === null || state.balance >= state.price;
  return {
    current: () => state,
    set(change) {
      const parsed = stateSchema.partial().safeParse(change);
      if (!parsed.success) throw new Error(`Invalid account:\n${z.prettifyError(parsed.error)}`);
      state = { ...state, ...parsed.data } as AccountState;
    },
    canPay,
    pay() {
      if (!canPay()) return false;
      if (state.balance !== null) state = { ...state, balance: state.balance - state.price };
      return true;
    },
    requests: { request_count: 0, wallet_balance: 0 },
  };
}
