import type { Https } from '../config.ts';
import type { Statement } from '../syntax/statement.ts';
import * as values from './read-values.ts';
import type { Reading } from './reading.ts';

/** A URL that is reached from elsewhere, so its host is looked up by `check`. */
export function readWebUrl(statement: Statement | undefined, reading: Reading): string | undefined {
  const [token] = statement?.args ?? [];
  if (token !== undefined) reading.reaches(token);
  return reading.value(statement, values.WEB_URL_EXPECTED, values.parseWebUrl);
}

/** `https 8443 CERTIFICATE KEY;` */
export function readHttps(statement: Statement | undefined, reading: Reading): Https | undefined {
  if (statement === undefined) return undefined;
  const [listenToken, ...fileTokens] = reading.arguments(statement, values.HTTPS_EXPECTED, 3);
  if (listenToken === undefined) return undefined;
  const listen = values.parseListen(listenToken.text);
  if (listen === undefined) return reading.report(listenToken, values.HTTP_EXPECTED);
  const files = fileTokens.map((token) => {
    return values.parseFolder(token.text) ?? reading.report(token, values.FOLDER_EXPECTED);
  });
  const [certFile, keyFile] = files;
  if (fileTokens.length < 2)
    reading.reportMissing(statement.args.at(-1)?.end ?? listenToken.end, values.HTTPS_EXPECTED);
  return certFile === undefined || keyFile === undefined ? undefined : { ...listen, certFile, keyFile };
}
