import * as assert from 'uvu/assert';
import { makeClip } from '../../support/clip.ts';
import { startTestMedia } from '../../support/media.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/media/previews');

const [clip = Buffer.alloc(0)] = await makeClip({ seconds: 1 });

test('a preview is made once for each segment', async () => {
  const asked: string[] = [];
  const onPreview = async (file: string) => {
    asked.push(file);
    return new Uint8Array([0xff, 0xd8]);
  };
  await using a = await startTestMedia('a', { onPreview });
  await a.place('cam', { at: 'here', epoch: 1 });
  assert.is((await fetch(`${a.url}/cam/preview.jpg`)).status, 503);
  const file = await a.close('cam', 1, 50, clip);
  const answers = await Promise.all([1, 2, 3].map(() => fetch(`${a.url}/cam/preview.jpg`)));
  assert.equal(
    answers.map((answer) => answer.headers.get('content-type')),
    ['image/jpeg', 'image/jpeg', 'image/jpeg'],
  );
  assert.equal(asked, [file]);
});

test.run();
