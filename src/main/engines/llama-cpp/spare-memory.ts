/** Part of what is available that a copy of state may take. */
const sparePart = 0.25;

/** True when a copy of so many bytes leaves the machine room: state is spared, never at the price of the process. */
export function fitsSpareMemory(bytes: number): boolean {
  return bytes <= process.availableMemory() * sparePart;
}
