// Certificates for a test, made by openssl when it runs: an authority and what
// it signs. They live in a folder of the test's own.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export class Authority {
  static async open(name = 'Test Authority') {
    const authority = new Authority();
    authority.folder = await mkdtemp(join(tmpdir(), 'sipmoved-ca-'));
    authority.file = join(authority.folder, 'ca.crt');
    authority.key = join(authority.folder, 'ca.key');
    await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
      '-days', '2', '-subj', `/CN=${name}`, '-keyout', authority.key, '-out', authority.file,
      '-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign']);
    authority.certificate = await readFile(authority.file, 'utf8');
    return authority;
  }

  // san: 'DNS:example.com,URI:sip:example.com'; usage: extendedKeyUsage.
  // Resolves with cert and key as text and as files, and both in one file.
  async issue(name, { cn = name, san, usage, days = 1 } = {}) {
    const at = (suffix) => join(this.folder, `${name}.${suffix}`);
    const extensions = ['basicConstraints=CA:FALSE'];
    if (san) extensions.push(`subjectAltName=${san}`);
    if (usage) extensions.push(`extendedKeyUsage=${usage}`);
    await writeFile(at('ext'), extensions.join('\n'));
    await run('openssl', ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
      '-subj', `/CN=${cn}`, '-keyout', at('key'), '-out', at('csr')]);
    await run('openssl', ['x509', '-req', '-in', at('csr'), '-CA', this.file, '-CAkey', this.key,
      '-CAcreateserial', '-days', String(days), '-extfile', at('ext'), '-out', at('crt')]);
    const [cert, key] = await Promise.all([readFile(at('crt'), 'utf8'), readFile(at('key'), 'utf8')]);
    await writeFile(at('both'), key + cert);
    return { cert, key, certFile: at('crt'), keyFile: at('key'), bothFile: at('both') };
  }

  async close() {
    await rm(this.folder, { recursive: true, force: true });
  }
}
