// What Node's test runner says, an object a line: {mode, name, failure}. The mode is the test's file.
import { basename } from 'node:path';
import { inspect } from 'node:util';

export default async function* report(events) {
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const suite = data.details?.type === 'suite';
    const error = data.details?.error;
    if (suite && (type === 'test:pass' || error?.failureType === 'subtestsFailed')) continue;
    const mode = basename(data.file ?? data.name, '.test.mjs').replaceAll('-', ' ');
    let failure = type === 'test:fail' ? inspect(error?.cause ?? error, { depth: 6 }) : undefined;
    // What was skipped was not shown to work.
    if (data.skip !== undefined || data.todo !== undefined) failure ??= 'it was skipped';
    yield `${JSON.stringify({ mode, name: data.name, failure })}\n`;
  }
}
