/** Whether there is a Java that DynamoDB Local runs on. */
import { execFile } from 'node:child_process';

const oldestJava = 17;

export function isJavaInstalled(): Promise<boolean> {
  return new Promise(resolve => {
    // `java -version` speaks on stderr: openjdk version "17.0.15" 2025-04-15
    execFile('java', ['-version'], (error, _stdout, stderr) => {
      const major = /version "(\d+)/.exec(stderr)?.[1];
      resolve(error === null && Number(major ?? 0) >= oldestJava);
    });
  });
}
