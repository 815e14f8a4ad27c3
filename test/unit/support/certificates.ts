/** Certificates for servers of tests on 127.0.0.1, made by the openssl command. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface Certificate {
  certFile: string;
  keyFile: string;
  cert: string;
  key: string;
}

export interface Authority {
  caFile: string;
  /** `names` as of a subjectAltName: `IP:127.0.0.1`. `until`: `20200102000000Z`. */
  issue(name: string, names: string, until?: string): Certificate;
}

const openssl = (args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** @throws Error when there is no openssl */
export function authority(folder: string, name: string): Authority {
  const at = (file: string) => path.join(folder, `${name}-${file}`);
  const [caFile, caKey] = [at('ca.pem'), at('ca.key')];
  openssl([
    'req',
    '-x509',
    ...NEW_KEY,
    '-days',
    '2',
    '-keyout',
    caKey,
    '-out',
    caFile,
    '-subj',
    `/CN=${name}`,
  ]);
  writeFileSync(at('index'), '');
  writeFileSync(at('serial'), '01\n');
  return {
    caFile,
    issue(subject, names, until) {
      const [keyFile, request, certFile] = [
        `${subject}.key`,
        `${subject}.csr`,
        `${subject}.pem`,
      ].map(at);
      openssl([
        'req',
        ...NEW_KEY,
        '-keyout',
        keyFile!,
        '-out',
        request!,
        '-subj',
        `/CN=${subject}`,
      ]);
      const config = at(`${subject}.cnf`);
      writeFileSync(
        config,
        `[ca]\ndefault_ca=it\n[it]\ndatabase=${at('index')}\nserial=${at('serial')}\nnew_certs_dir=${folder}\n` +
          `default_md=sha256\npolicy=any\nunique_subject=no\nx509_extensions=names\n[any]\ncommonName=supplied\n` +
          `[names]\nsubjectAltName=${names}\n`,
      );
      const time = until ? ['-startdate', '20200101000000Z', '-enddate', until] : ['-days', '2'];
      openssl([
        'ca',
        '-batch',
        '-notext',
        '-config',
        config,
        '-cert',
        caFile,
        '-keyfile',
        caKey,
        ...time,
        '-in',
        request!,
        '-out',
        certFile!,
      ]);
      return {
        certFile: certFile!,
        keyFile: keyFile!,
        cert: readFileSync(certFile!, 'utf8'),
        key: readFileSync(keyFile!, 'utf8'),
      };
    },
  };
}
