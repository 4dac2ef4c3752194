//! Keys, pastes, the mouse and sizes, as the terminal sends them. Reading them blocks, so that a thread
//! of its own does it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ratatui::crossterm::event::{
    self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind,
};
use tokio::sync::mpsc;

use crate::message::{Message, Mouse};

/// How long one look for input takes; so long may the end be waited for. Chosen: five times in a second
/// is no load.
const LOOK: Duration = Duration::from_millis(200);

/// Reads the terminal until it goes.
pub(super) struct Reader(Arc<AtomicBool>);

impl Reader {
    pub(super) fn start(keys: mpsc::Sender<Message>) -> std::io::Result<Self> {
        let is_over = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&is_over);
        std::thread::Builder::new()
            .name("venom-keys".to_owned())
            .spawn(move || {
                while !flag.load(Ordering::Relaxed) {
                    match read() {
                        Ok(None) => {}
                        Ok(Some(message)) => {
                            if keys.blocking_send(message).is_err() {
                                return;
                            }
                        }
                        // The terminal is gone: whoever waits for keys hears that there are no more.
                        Err(error) => {
                            tracing::debug!(%error, "the terminal cannot be read");
                            return;
                        }
                    }
                }
            })?;
        Ok(Self(is_over))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn read() -> std::io::Result<Option<Message>> {
    if !event::poll(LOOK)? {
        return Ok(None);
    }
    Ok(match event::read()? {
        Event::Key(key) => name(key).map(Message::Key),
        Event::Paste(text) => Some(Message::Paste(text)),
        Event::Resize(width, height) => Some(Message::Resize(width, height)),
        Event::Mouse(mouse) => {
            let what = match mouse.kind {
                MouseEventKind::Down(MouseButton::Left) => Some(Mouse::Press),
                MouseEventKind::Drag(MouseButton::Left) => Some(Mouse::Drag),
                MouseEventKind::ScrollUp => Some(Mouse::WheelUp),
                MouseEventKind::ScrollDown => Some(Mouse::WheelDown),
                _ => None,
            };
            what.map(|what| Message::Mouse(what, mouse.column, mouse.row))
        }
        Event::FocusGained | Event::FocusLost => None,
    })
}

/// Names a key as the keymap does.
fn name(key: KeyEvent) -> Option<String> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let has_control = key.modifiers.contains(KeyModifiers::CONTROL);
    let has_alt = key.modifiers.contains(KeyModifiers::ALT);
    let plain = match key.code {
        KeyCode::Char(' ') if !has_control && !has_alt => "Space".to_owned(),
        KeyCode::Char(c) if has_control => c.to_lowercase().to_string(),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::Enter => "Enter".to_owned(),
        KeyCode::Esc => "Esc".to_owned(),
        KeyCode::Tab => "Tab".to_owned(),
        KeyCode::BackTab => "BackTab".to_owned(),
        KeyCode::Backspace => "Backspace".to_owned(),
        KeyCode::Delete => "Delete".to_owned(),
        KeyCode::Left => "Left".to_owned(),
        KeyCode::Right => "Right".to_owned(),
        KeyCode::Up => "Up".to_owned(),
        KeyCode::Down => "Down".to_owned(),
        KeyCode::Home => "Home".to_owned(),
        KeyCode::End => "End".to_owned(),
        KeyCode::PageUp => "PageUp".to_owned(),
        KeyCode::PageDown => "PageDown".to_owned(),
        KeyCode::F(number) => format!("F{number}"),
        _ => return None,
    };
    Some(match (has_control, has_alt) {
        (true, _) => format!("Ctrl-{plain}"),
        (false, true) => format!("Alt-{plain}"),
        (false, false) => plain,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_named_as_the_keymap_does() {
        let key = |code, modifiers| name(KeyEvent::new(code, modifiers));
        let none = KeyModifiers::NONE;
        assert_eq!(key(KeyCode::Char('j'), none).as_deref(), Some("j"));
        assert_eq!(
            key(KeyCode::Char('K'), KeyModifiers::SHIFT).as_deref(),
            Some("K")
        );
        assert_eq!(
            key(KeyCode::Char('c'), KeyModifiers::CONTROL).as_deref(),
            Some("Ctrl-c")
        );
        assert_eq!(
            key(KeyCode::Enter, KeyModifiers::ALT).as_deref(),
            Some("Alt-Enter")
        );
        assert_eq!(key(KeyCode::Char(' '), none).as_deref(), Some("Space"));
        assert_eq!(key(KeyCode::Null, none), None);
    }
}
