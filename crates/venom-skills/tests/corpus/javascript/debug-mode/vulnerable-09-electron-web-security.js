const { BrowserWindow } = require('electron');

const window = new BrowserWindow({
  width: 800,
  webPreferences: { webSecurity: false }, // expect: debug-mode
});
