// What is a user's, and that everything else is not there for them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, startServer } from './lib/server.mjs';
import { inviteOnce } from './lib/sip.mjs';
