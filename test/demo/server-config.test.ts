import * as assert from 'uvu/assert';
import { serverConfigText } from '../../src/demo/server-config.ts';
import { suite } from '../support/suite.ts';

const test = suite('demo/server-config');

test('the configuration of a server', () => {
  const text = serverConfigText({
    name: 's1',
    port: 8081,
    natsUrls: ['nats://t@127.0.0.1:4222'],
    dataDir: '/tmp/a b/s1',
    clusterKey: 'key',
    editAuth: { user: 'admin', password: 'demo-demo' },
    peers: [{ name: 's1', port: 8081 }],
    timing: { return_after: '2s' },
  });
  assert.is(
    text,
    `server_name s1;
http 127.0.0.1:8081;
beats 127.0.0.1:0;
public_url http://127.0.0.1:8081;
nats nats://t@127.0.0.1:4222;
data_dir "/tmp/a b/s1";
cluster_key key;
edit_auth admin demo-demo;
peer s1:8081 { public_url http://127.0.0.1:8081; }
timing {
  return_after 2s;
}
`,
  );
});

test.run();
