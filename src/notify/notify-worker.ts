import { parentPort } from 'node:worker_threads';
import { answersBehind } from '../host/priority.ts';
import type { NotifySettings, ToNotifyThread, ToNotifyWorker } from './notify-messages.ts';
import { Receivers } from './receivers.ts';

answersBehind();
const port = parentPort;
// The one place where what crosses the thread boundary gets its types: both sides are of the same build.
port?.once('message', (settings: NotifySettings) => {
  const post = (message: ToNotifyThread) => port.postMessage(message);
  const receivers = new Receivers({
    ...settings,
    tell: (told) => post({ type: 'told', told }),
    onSettled: (count) => post({ type: 'settled', count }),
    debug: (text) => post({ type: 'debug', text }),
  });
  port.on('message', (message: ToNotifyWorker) => {
    if (message.type === 'event') receivers.take(message.event);
    else if (message.type === 'receivers') receivers.configure(message.receivers);
    else if (message.type === 'close')
      void receivers.close(message.withinMs).then((lost) => post({ type: 'closed', lost }));
    else void receivers.try(message.event).then((trials) => post({ type: 'tried', id: message.id, trials }));
  });
});
