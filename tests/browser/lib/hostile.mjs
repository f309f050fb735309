// Stored text as nobody wishes it: markup, control characters, letters that turn the direction of writing, and one of 255
// bytes without a blank.
export const HOSTILE = '<script>window.wasRun = 1</script><img src=x onerror="window.wasRun = 1"> \u202egnirts\u202c';
export const LONG = 'x'.repeat(255);
export const wasRun = (page) => page.evaluate(() => window.wasRun === 1);
