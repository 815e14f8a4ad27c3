/** Command lines of other programs, without what looks like a secret on them. */

const MASKED = '***';
const NAME = 'pass(?:wd|word|phrase)?|pw|secret|token|credentials?|api-?key|access-?key|key|auth';

/** `password=x`, `--api-key=x`, `secret,id=s0,data=x`: up to a blank or a comma. */
const ASSIGNED = new RegExp(
  `((?:^|[\\s,;?&-])[\\w.-]*(?:${NAME})[\\w.-]*\\s*[=:]\\s*)[^\\s,;&]+`,
  'gi',
);
/** `--password x`, `-token x`. */
const FLAG = new RegExp(`((?:^|\\s)--?[\\w.-]*(?:${NAME})\\s+)(?!-)[^\\s,]+`, 'gi');
/** `https://user:x@host`. */
const IN_URL = /(:\/\/[^\s:/@]*:)[^\s@/]+(?=@)/g;
/** QEMU: `-object secret,id=s0,data=x`. */
const SECRET_OBJECT = /(\bsecret(?:_keyring)?,[^\s]*?\bdata=)[^\s,]+/gi;

export const maskSecrets = (command: string): string =>
  [ASSIGNED, FLAG, IN_URL, SECRET_OBJECT].reduce(
    (text, pattern) => text.replace(pattern, `$1${MASKED}`),
    command,
  );
