/** How many swaps a process may currently take, in addition to the slot limit. */
export interface IntakeGate {
  /** Unlimited while ModelsLab is reachable from this process; otherwise one, as a probe, or none during a probe. */
  room(): number;
  /** Calls `listener` each time there may be more room. */
  onRoom(listener: () => void): void;
}
