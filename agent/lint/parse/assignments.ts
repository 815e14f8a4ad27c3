/** Files of `key = value` lines: iscsid.conf, helper.conf. `#` begins a comment line; the last of equal keys counts. */
export function parseAssignments(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    const key = line.slice(0, Math.max(0, at)).trim();
    if (at < 0 || key === '' || key.startsWith('#')) continue;
    found.set(key, line.slice(at + 1).trim());
  }
  return found;
}
