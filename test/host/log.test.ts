import * as assert from 'uvu/assert';
import { standardErrorLog } from '../../src/host/log.ts';
import { suite } from '../support/suite.ts';

const test = suite('host/log');

function linesOf(secrets: readonly string[], write: (log: ReturnType<typeof standardErrorLog>) => void) {
  const lines: string[] = [];
  write(standardErrorLog(secrets, (line) => lines.push(line)));
  return lines.map((line) => line.replace(/^\S+ /, ''));
}

test('short secrets leave sentences and addresses as they are; long ones and passwords of URLs are hidden', () => {
  const lines = linesOf(['b', '8080', 'h7Qk2vXw9LmT4sPz'], (log) => {
    log.warn('lost the bus at http://s01.example.com:8080');
    log.info('rtsp://admin:b@camera:8080/h264 with\nh7Qk2vXw9LmT4sPz');
  });
  assert.equal(lines, [
    'warn  lost the bus at http://s01.example.com:8080\n',
    'info  rtsp://admin:***@camera:8080/h264 with ***\n',
  ]);
});

test.run();
