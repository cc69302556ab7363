/** Prints the folder of the programs that `test:deploy` and the check with cfn-lint need; nothing, and why, where they can't be had. */
import { pythonTools } from './python-tools.ts';

const tools = pythonTools();
if ('folder' in tools) console.log(tools.folder);
else console.error(`cfn-lint and test:deploy are skipped. They need ${tools.missing}`);
