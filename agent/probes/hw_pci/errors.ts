/** Bits of PCIe's Advanced Error Reporting, as the base specification 5.0 names them. */

/** Uncorrectable Error Status Register, 7.8.4.2. */
const uncorrectable: Readonly<Record<number, string>> = {
  4: 'Data Link Protocol Error',
  5: 'Surprise Down Error',
  12: 'Poisoned TLP Received',
  13: 'Flow Control Protocol Error',
  14: 'Completion Timeout',
  15: 'Completer Abort',
  16: 'Unexpected Completion',
  17: 'Receiver Overflow',
  18: 'Malformed TLP',
  19: 'ECRC Error',
  20: 'Unsupported Request Error',
  21: 'ACS Violation',
  22: 'Uncorrectable Internal Error',
  23: 'MC Blocked TLP',
  24: 'AtomicOp Egress Blocked',
  25: 'TLP Prefix Blocked Error',
  26: 'Poisoned TLP Egress Blocked',
};

/** Correctable Error Status Register, 7.8.4.5. */
const correctable: Readonly<Record<number, string>> = {
  0: 'Receiver Error',
  6: 'Bad TLP',
  7: 'Bad DLLP',
  8: 'REPLAY_NUM Rollover',
  12: 'Replay Timer Timeout',
  13: 'Advisory Non-Fatal Error',
  14: 'Corrected Internal Error',
  15: 'Header Log Overflow',
};

const WIDTH = 32;

/** Names of the bits that are set; one that has none as `bit 27`. Empty: the status says nothing. */
export function aerErrors(severity: 'corrected' | 'nonfatal' | 'fatal', status: string): string[] {
  const value = BigInt(status);
  const names = severity === 'corrected' ? correctable : uncorrectable;
  const found: string[] = [];
  for (let at = 0; at < WIDTH; at++) {
    if (((value >> BigInt(at)) & 1n) === 1n) found.push(names[at] ?? `bit ${at}`);
  }
  return found;
}
