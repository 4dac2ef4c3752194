const { BrowserWindow } = require('electron');

const window = new BrowserWindow({
  webPreferences: { nodeIntegration: true }, // expect: debug-mode
});
