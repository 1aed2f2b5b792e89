/** Limits how many swaps a process may currently start, in addition to the slot limit. */
export interface IntakeGate {
  /** Unlimited while ModelsLab is reachable from this process; otherwise one, as a probe, or none during a probe. */
  room(): number;
  /** Calls `listener` whenever there may be more room. */
  onRoom(listener: () => void): void;
}
