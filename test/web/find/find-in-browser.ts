import * as assert from 'uvu/assert';
import type { CameraFinder, CameraLogin } from '../../../src/domain/cameras/camera.ts';
import type { BrowserSuite } from '../../support/browser-suite.ts';
import { ADMIN, fitsItsWidth, logIn, MARKUP, openDashboard, PHONE } from '../../support/dashboard.ts';
import { eventually } from '../../support/eventually.ts';
import { memoryHerd } from '../../support/herd-api.ts';
import { isAccessible } from '../../support/page-audit.ts';

const serviceAt = (address: string) => `http://${address}/onvif/device_service`;
const found = (address: string, name: string) => ({
  ...{ address, url: serviceAt(address), name, maker: '', hardware: 'DX-20', location: 'yard' },
});
const profile = (address: string, token: string, width: number, height: number) => ({
  ...{ token, name: token, codec: 'H264', width, height, fps: 25, url: `rtsp://${address}:554/${token}` },
});

export function findTests(test: BrowserSuite): void {
  test('cameras are found, chosen, asked with the login of all or of each, tested, and added after a look', async (context) => {
    const logins: (readonly [string, CameraLogin | undefined])[] = [];
    let left = 0;
    const cameras: CameraFinder = {
      search: (query, signal) => {
        const all = [
          found('10.1.1.7', 'Gate'),
          found('10.1.1.8', 'Gate'),
          found('10.1.1.9', MARKUP),
          { ...found('10.1.1.10', 'Elsewhere'), url: undefined, remark: 'It says another host.' },
        ];
        if (query.hosts.length > 0)
          return Promise.resolve({
            cameras: all.map(({ url, ...camera }) => ({ ...camera, ...(url !== undefined && { url }) })),
            remarks: ['10.1.1.99 does not answer as a camera.'],
            isAsked: true,
          });
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            left += 1;
            reject(signal.reason);
          });
        });
      },
      profiles: async (url, login) => {
        logins.push([url, login]);
        const address = new URL(url).hostname;
        if (login?.password !== (address === '10.1.1.8' ? 'its-own-word' : 'word-of-all')) {
          return { ok: false, failure: { kind: 'login', message: 'the camera refuses this user and password' } };
        }
        const profiles = [profile(address, 'sub', 640, 360), profile(address, 'main', 1920, 1080)];
        return { ok: true, maker: 'Dexter', hardware: 'DX-20', profiles, remarks: [] };
      },
    };
    const herd = { ...memoryHerd(), cameras };
    await herd.putStream('yard' as never, '{"url": "rtsp://10.1.1.9/old"}');
    await using dashboard = await openDashboard(context, herd, { width: PHONE, policy: { users: [ADMIN] } });
    const { page, api } = dashboard;
    await page.goto(`${api.url}/?page=define`);
    await page.getByRole('link', { name: 'Find cameras …' }).click();
    await logIn(page);
    const find = page.getByRole('button', { name: 'Find cameras' });
    await find.click();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('The search was stopped.').waitFor();
    await eventually('the server gives the search up', () => left === 1);

    await page.getByLabel('Addresses of cameras').fill('camera.local');
    await find.click();
    await page.getByRole('alert').getByText('hosts: expected the IP address of a camera').waitFor();
    await page.getByLabel('Addresses of cameras').fill('10.1.1.7, 10.1.1.99');
    await find.click();
    await page.getByText('4 cameras found. 10.1.1.99 does not answer as a camera.').waitFor();
    await page.getByText('There is an input at this address already: yard').waitFor();
    assert.is(await page.getByRole('checkbox').count(), 3, 'one that names another host is not asked');
    assert.is(await page.getByRole('checkbox', { checked: true }).count(), 2, 'one that has a stream is not chosen');
    await page.getByLabel('Camera user').first().fill('root');
    await page.getByLabel('Camera password').first().fill('word-of-all');
    const askThem = page.getByRole('button', { name: 'Ask 2 cameras what they send' });
    await askThem.click();
    await page.getByText('the camera refuses this user and password').waitFor();
    await page.getByText('Another login for Gate at 10.1.1.8').click();
    const own = page.locator('details[open]');
    await own.getByLabel('Camera user').fill('root');
    await own.getByLabel('Camera password').fill('its-own-word');
    await askThem.click();
    await page.getByLabel('Picture of Gate at 10.1.1.8').waitFor();
    assert.is(await page.getByLabel('Picture of Gate at 10.1.1.7').inputValue(), 'main', 'the largest one');
    await page
      .getByLabel('Picture of Gate at 10.1.1.8')
      .selectOption({ label: 'sub: 640x360, H264, 25 pictures a second' });
    assert.is(await page.getByLabel('Stream of Gate at 10.1.1.7').inputValue(), 'Gate-10-1-1-7');
    await page.getByLabel('Stream of Gate at 10.1.1.8').fill('hall/gate');
    await page.getByRole('button', { name: 'Test Gate-10-1-1-7' }).click();
    await page.getByText('h264, 25 pictures a second; seen for 6 s').waitFor();
    await isAccessible(page);
    await fitsItsWidth(page);

    await page.getByRole('button', { name: 'Show what it would change' }).click();
    await page.getByText('If all is applied: 2 added.').waitFor();
    assert.is(herd.definitions.size, 1, 'nothing is added yet');
    assert.not.match(await page.content(), /word-of-all|its-own-word/);
    await page.getByRole('button', { name: 'Apply 2 lines, as admin' }).click();
    await page.getByText('2 applied.').waitFor();
    const inputs = [...herd.definitions].map(([name, { inputs, title }]) => [name, ...inputs, title]);
    assert.equal(inputs.slice(1).sort(), [
      ['Gate-10-1-1-7', 'rtsp://root:word-of-all@10.1.1.7:554/main', 'Gate'],
      ['hall/gate', 'rtsp://root:its-own-word@10.1.1.8:554/sub', 'Gate'],
    ]);
    assert.equal(herd.asked, ['test rtsp://root:word-of-all@10.1.1.7:554/main']);
    assert.equal(logins.map(([url]) => url).sort(), ['10.1.1.7', '10.1.1.7', '10.1.1.8', '10.1.1.8'].map(serviceAt));
    assert.is(await page.locator('b, main img[src="x"]').count(), 0, 'markup is text');
    assert.not.match(JSON.stringify(herd.log), /word-of-all|its-own-word/);
  });
}
