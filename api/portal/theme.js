// The portal's colours: as the device has them, or as chosen.
import { kept } from './store.js';

export const THEMES = ['auto', 'light', 'dark'];
export const theme = kept('theme', 'auto', (value) => THEMES.includes(value));

const show = () => {
  if (theme.value === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
};
show();
theme.watch(show);
