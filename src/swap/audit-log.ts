/** Who caused an entry, and from where. */
export interface AuditCaller {
  client: string;
  /** Also in the log lines of the request; of a socket: its id. */
  requestId: string;
  address: string;
}

interface LoginRefused extends Pick<AuditCaller, 'requestId'> {
  event: 'login.refused';
  service: 'api' | 'admin' | 'metrics';
  /** Code of the error. */
  reason: string;
  /** Undefined if the entry is about many addresses. */
  address?: string;
  /** Further attempts from the address that have no entry of their own. */
  suppressed?: number;
}

interface KeyUsed extends AuditCaller {
  event: 'key.used';
  /** The first 12 digits of the SHA-256 of the key. */
  keyHash: string;
}

interface SwapRequested extends AuditCaller {
  event: 'swap.requested';
  swap: string;
  /** Whether the request returned a swap that an earlier one created. */
  isRepeated: boolean;
}

interface SwapEvent extends AuditCaller {
  event: 'swap.canceled' | 'swap.downloaded' | 'swap.erased';
  swap: string;
}

interface UploadStored extends AuditCaller {
  event: 'upload.stored';
  /** Of the stored picture. Its id is left out: it is the secret part of the URL. */
  bytes: number;
}

interface UploadDeleted extends AuditCaller {
  event: 'upload.deleted';
}

interface TokenCreated extends AuditCaller {
  event: 'token.created';
  /** The client that the token authenticates. */
  createdClient: string;
  scopes: readonly string[];
  /** ISO 8601. */
  expiresAt: string;
}

interface AdminAct extends Pick<AuditCaller, 'requestId' | 'address'> {
  event: 'admin.act';
  /** Such as `queue.read`. */
  act: string;
  /** `ok`, or the code of the error. */
  outcome: string;
  /** The swap that the act is about. */
  swap?: string;
  /** The client that the act is about. */
  client?: string;
}

/**
 * An entry of the audit log, without its time. Entries hold no picture, no URL and no secret. A new kind of entry is one more
 * interface in this union; docs/operations.md lists all of them.
 */
export type AuditEntry =
  | LoginRefused
  | KeyUsed
  | TokenCreated
  | SwapRequested
  | SwapEvent
  | UploadStored
  | UploadDeleted
  | AdminAct;

/**
 * Records who did what. Returns at once and never throws: an entry that cannot be written is counted, and the request goes on.
 */
export type AuditLog = (entry: AuditEntry) => void;
