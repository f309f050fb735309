import { walkAll } from './lib/walk.mjs';

walkAll('id');
