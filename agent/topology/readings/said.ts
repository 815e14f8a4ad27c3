/** Texts of firmware and of parts, for people. */

/** They are cut here. */
const TEXT_MAX = 64;

/** What vendors write where they have nothing to say. */
const NOTHING =
  /^(not (specified|provided|available|applicable|present|installed)|un(known|specified)|to be filled by o\.?e\.?m\.?|o\.e\.m\.|default string|no dimm|none|empty|n\/a|null|[0x. _-]*)$/i;

/** As printable text; null: it is empty, or a filler. */
export function said(text: string): string | null {
  const clean = text
    .replace(/[^\x20-\x7e\xa1-\xff]/g, ' ')
    .trim()
    .slice(0, TEXT_MAX)
    .trim();
  return NOTHING.test(clean) ? null : clean;
}
