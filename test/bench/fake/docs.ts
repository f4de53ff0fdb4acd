/** The API's description with all parameters that Asterisk 22 has: ari-client looks through them at each operation. */
import { ariDocs } from '../../support/ari-docs.ts';

const MORE_OPERATIONS = [
  ['GET', 'getGlobalVar', 'Variable'],
  ['POST', 'setGlobalVar', 'void'],
] as const;

/** By ari-client's name for the operation. */
const QUERY: Readonly<Record<string, readonly string[]>> = {
  getInfo: ['only'],
  getGlobalVar: ['variable'],
  setGlobalVar: ['variable', 'value'],
  hangup: ['reason_code', 'reason'],
  createWithId: ['type'],
  continueInDialplan: ['context', 'extension', 'priority', 'label'],
  playWithId: ['media', 'lang', 'offsetms', 'skipms'],
  record: [
    ...['name', 'format', 'maxDurationSeconds', 'maxSilenceSeconds'],
    ...['ifExists', 'beep', 'terminateOn'],
  ],
  setChannelVar: ['variable', 'value', 'report_events'],
  getChannelVar: ['variable'],
  copyStored: ['destinationRecordingName'],
  update: ['oldMessages', 'newMessages'],
};

interface Declaration {
  readonly resourcePath?: string;
  readonly apis: { path: string; operations?: { nickname: string; parameters: object[] }[] }[];
}

/** The documents by their path. `basePath` is where they say that Asterisk is. */
export function fullDocs(basePath: string): Map<string, object> {
  const docs = ariDocs(basePath);
  for (const document of docs.values()) {
    const { resourcePath, apis } = document as Declaration;
    if (resourcePath?.includes('asterisk')) {
      const operations = MORE_OPERATIONS.map(([httpMethod, nickname, responseClass]) => ({
        ...{ httpMethod, nickname, responseClass, parameters: [] },
      }));
      apis.push({ path: '/asterisk/variable', operations });
    }
    for (const { nickname, parameters } of apis.flatMap(({ operations = [] }) => operations)) {
      const names = QUERY[nickname] ?? [];
      parameters.push(...names.map((name) => ({ name, paramType: 'query', dataType: 'string' })));
    }
  }
  return docs;
}
