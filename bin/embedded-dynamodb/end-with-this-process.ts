/** A child process must not outlive this one: not after an exit, and not after SIGKILL or a crash, which no handler sees. */
import { type ChildProcess, spawn } from 'node:child_process';

/** From now on the child ends when this process does, whichever way that comes about (on Windows: when it exits). */
export function endWithThisProcess(child: ChildProcess): void {
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const watcher = startWatcher(child.pid);
  child.once('exit', () => {
    process.off('exit', kill);
    // Before the child's id can be given to another process.
    watcher?.kill('SIGKILL');
  });
}

/**
 * A shell that waits for the end of its standard input, which comes when this process is gone, and then kills. It leads a
 * process group of its own: a Ctrl-C is not for it.
 */
function startWatcher(pid: number | undefined): ChildProcess | undefined {
  if (pid === undefined || process.platform === 'win32') return undefined;
  const watcher = spawn('/bin/sh', ['-c', 'read -r _; kill -9 "$0"', String(pid)], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  // Without a shell, there is still the handler above.
  watcher.on('error', () => {});
  watcher.unref();
  return watcher;
}
