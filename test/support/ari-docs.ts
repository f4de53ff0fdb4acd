/** As much of Asterisk's API description as ari-client needs to know the operations of AriPort. */

/** Resource, HTTP method, path, ari-client's name for the operation, and what it answers. */
const OPERATIONS = [
  ['applications', 'GET', '/applications/{applicationName}', 'get', 'Application'],
  ['asterisk', 'GET', '/asterisk/info', 'getInfo', 'AsteriskInfo'],
  ['asterisk', 'GET', '/asterisk/modules/{moduleName}', 'getModule', 'Module'],
  ['bridges', 'POST', '/bridges/{bridgeId}', 'createWithId', 'Bridge'],
  ['bridges', 'DELETE', '/bridges/{bridgeId}', 'destroy', 'void'],
  ['bridges', 'POST', '/bridges/{bridgeId}/record', 'record', 'LiveRecording'],
  ['channels', 'POST', '/channels/{channelId}', 'originateWithId', 'Channel'],
  ['channels', 'GET', '/channels/{channelId}', 'get', 'Channel'],
  ['channels', 'DELETE', '/channels/{channelId}', 'hangup', 'void'],
  ['channels', 'POST', '/channels/{channelId}/continue', 'continueInDialplan', 'void'],
  ['channels', 'POST', '/channels/{channelId}/answer', 'answer', 'void'],
  ['channels', 'POST', '/channels/{channelId}/play/{playbackId}', 'playWithId', 'Playback'],
  ['channels', 'POST', '/channels/{channelId}/record', 'record', 'LiveRecording'],
  ['channels', 'POST', '/channels/{channelId}/variable', 'setChannelVar', 'void'],
  ['channels', 'GET', '/channels/{channelId}/variable', 'getChannelVar', 'Variable'],
  ['playbacks', 'GET', '/playbacks/{playbackId}', 'get', 'Playback'],
  ['playbacks', 'DELETE', '/playbacks/{playbackId}', 'stop', 'void'],
  ['recordings', 'GET', '/recordings/stored', 'listStored', 'List[StoredRecording]'],
  ['recordings', 'GET', '/recordings/stored/{recordingName}', 'getStored', 'StoredRecording'],
  ['recordings', 'DELETE', '/recordings/stored/{recordingName}', 'deleteStored', 'void'],
  ['recordings', 'GET', '/recordings/stored/{recordingName}/file', 'getStoredFile', 'binary'],
  ['recordings', 'POST', '/recordings/stored/{recordingName}/copy', 'copyStored', 'StoredRecording'],
  ['recordings', 'GET', '/recordings/live/{recordingName}', 'getLive', 'LiveRecording'],
  ['recordings', 'DELETE', '/recordings/live/{recordingName}', 'cancel', 'void'],
  ['recordings', 'POST', '/recordings/live/{recordingName}/stop', 'stop', 'void'],
  ['mailboxes', 'GET', '/mailboxes', 'list', 'List[Mailbox]'],
  ['mailboxes', 'PUT', '/mailboxes/{mailboxName}', 'update', 'void'],
  ['events', 'GET', '/events', 'eventWebsocket', 'Message'],
] as const;

const RESOURCES = [...new Set(OPERATIONS.map(([resource]) => resource))];

/** The documents by their path. `basePath` is where they say that Asterisk is. */
export function ariDocs(basePath: string): Map<string, object> {
  const common = { apiVersion: '10.0.0', swaggerVersion: '1.1', basePath };
  const list = RESOURCES.map((resource) => ({ path: `/api-docs/${resource}.{format}`, description: '' }));
  return new Map<string, object>([
    ['/ari/api-docs/resources.json', { ...common, apis: list }],
    ...RESOURCES.map((resource) => [`/ari/api-docs/${resource}.json`, declaration(resource)] as const),
  ]);

  function declaration(resource: string): object {
    const apis = OPERATIONS.filter(([owner]) => owner === resource).map(
      ([, httpMethod, path, nickname, responseClass]) => ({
        path,
        operations: [{ httpMethod, nickname, responseClass, parameters: parameters(path) }],
      }),
    );
    return { ...common, resourcePath: `/api-docs/${resource}.{format}`, apis, models: {} };
  }
}

const parameters = (path: string) =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, paramType: 'path', dataType: 'string' }));
