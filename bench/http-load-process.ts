/** `loadHttp` for `Child`. */
import { serveParent } from './child.ts';
import { type HttpLoad, type HttpLoadResult, loadHttp } from './http-load.ts';

serveParent<HttpLoad, HttpLoadResult>(loadHttp);
