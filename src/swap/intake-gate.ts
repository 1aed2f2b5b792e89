/** How many swaps a process may take at the moment, beside what the slots allow. */
export interface IntakeGate {
  /** Any number while ModelsLab can be reached from here; else one, as a probe, or none while there is a probe. */
  room(): number;
  /** Calls `listener` each time there may be more room. */
  onRoom(listener: () => void): void;
}
