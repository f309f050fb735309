// Commands as a page shows them: "$ command", "> more of it", and what it prints; and the shell that runs them.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const MARK = '--- that was it ---';
const DEADLINE_MS = 60000;

// [[command, output]] of the console blocks of a page's text.
export function commandsOf(text) {
  return [...text.matchAll(/```console\n([\s\S]*?)```/g)].map(([, block]) => block).join('').split(/^\$ /m).slice(1).map((part) => {
    const lines = part.trimEnd().split('\n');
    const more = lines.slice(1).filter((line) => line.startsWith('> '));
    return [[lines[0], ...more.map((line) => line.slice(2))].join('\n'), lines.slice(1 + more.length).join('\n')];
  });
}

// One shell for all of them: what a recipe has set is there for the next.
export class Shell {
  constructor(folder) {
    this.child = spawn('sh', ['-u'], { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] });
    this.closed = once(this.child, 'close');
    this.printed = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'])
      this.child[name].on('data', (data) => { this.printed[name] += data; });
  }

  async run(command) {
    const timer = setTimeout(() => this.child.kill('SIGKILL'), DEADLINE_MS);
    this.printed = { stdout: '', stderr: '' };
    this.child.stdin.write(`${command}\nprintf '%s\\n' '${MARK}'\n`);
    while (!this.printed.stdout.includes(MARK)) {
      await Promise.race([once(this.child.stdout, 'data'), this.closed]);
      assert.equal(this.child.signalCode ?? this.child.exitCode, null, `${command}: ${this.printed.stderr}`);
    }
    clearTimeout(timer);
    return { ...this.printed, stdout: this.printed.stdout.replace(`${MARK}\n`, '') };
  }

  async end() {
    this.child.stdin.end();
    await this.closed;
  }
}
