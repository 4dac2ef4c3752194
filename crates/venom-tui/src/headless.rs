//! The terminal UI without a terminal: the same model, the same update and the same drawing, for tests
//! and for measuring frames. Orders are not performed but told.

use std::collections::BTreeMap;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use venom_kernel::id::{RunId, Seq};
use venom_kernel::model::{ModelId, ModelInfo};
use venom_kernel::route::Record;
use venom_kernel::skill::SkillManifest;
use venom_kernel::time::Timestamp;
use venom_ports::api::runs::News;
use venom_ports::api::time::{FileDifference, RewindPreview};
use venom_ports::memory::episodes::{Found, Mark};
use venom_ports::projection::RunRow;

use crate::draw::draw;
use crate::look::Look;
use crate::message::{Deed, Message, Mouse, Order};
use crate::model::{Beginning, Model};
use crate::update::update;
use crate::words::Words;

/// The terminal UI in memory.
pub struct Headless {
    model: Model,
    terminal: Terminal<TestBackend>,
    orders: Vec<Order>,
}

/// What a mouse can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gesture {
    /// The left button goes down.
    Press,
    /// It is moved while it is down.
    Drag,
    /// The wheel turns up.
    WheelUp,
    /// The wheel turns down.
    WheelDown,
}

impl Headless {
    /// Opens it in a terminal of so many columns and lines.
    pub fn new(look: Look, words: Words, size: (u16, u16)) -> Self {
        let model = Model::new(Beginning {
            look,
            words,
            folder: "/home/shop".to_owned(),
            size,
            now: Timestamp::default(),
            models: Vec::new(),
            skills: Vec::new(),
            is_far: false,
            run: None,
        });
        // A buffer in memory never fails.
        let Ok(terminal) = Terminal::new(TestBackend::new(size.0, size.1));
        Self {
            model,
            terminal,
            orders: Vec::new(),
        }
    }

    /// Says which models and skills there are.
    pub fn knows(&mut self, models: Vec<ModelInfo>, skills: Vec<SkillManifest>) {
        self.model.models = models;
        self.model.skills = skills;
    }

    fn take(&mut self, message: Message) {
        let orders = update(&mut self.model, message);
        self.orders.extend(orders);
    }

    /// Runs are listed.
    pub fn lists(&mut self, rows: Vec<RunRow>) {
        self.take(Message::Rows(Ok(rows)));
    }

    /// News come of the run that is followed.
    pub fn hears(&mut self, news: Vec<News>) {
        let following = self.model.following;
        self.take(Message::Heard(following, news));
    }

    /// A key is pressed, named as the keymap names it.
    pub fn press(&mut self, key: &str) {
        self.take(Message::Key(key.to_owned()));
    }

    /// Keys are pressed one after the other.
    pub fn types(&mut self, text: &str) {
        for c in text.chars() {
            let key = if c == ' ' {
                "Space".to_owned()
            } else {
                c.to_string()
            };
            self.take(Message::Key(key));
        }
    }

    /// Text is pasted.
    pub fn pastes(&mut self, text: &str) {
        self.take(Message::Paste(text.to_owned()));
    }

    /// The mouse does something.
    pub fn mouse(&mut self, gesture: Gesture, x: u16, y: u16) {
        let what = match gesture {
            Gesture::Press => Mouse::Press,
            Gesture::Drag => Mouse::Drag,
            Gesture::WheelUp => Mouse::WheelUp,
            Gesture::WheelDown => Mouse::WheelDown,
        };
        self.take(Message::Mouse(what, x, y));
    }

    /// The terminal has another size.
    pub fn resize(&mut self, width: u16, height: u16) {
        self.terminal.backend_mut().resize(width, height);
        self.take(Message::Resize(width, height));
    }

    /// Time goes on.
    pub fn tick(&mut self, now: Timestamp) {
        self.take(Message::Tick(now));
    }

    /// A run was started here.
    pub fn started(&mut self, run: RunId) {
        self.take(Message::Ours(Ok(run), Deed::Started));
    }

    /// The files at a moment are known.
    pub fn compared(&mut self, run: RunId, at: Seq, files: Option<Vec<FileDifference>>) {
        self.take(Message::Compared(run, at, Ok(files)));
    }

    /// What going back would do is known.
    pub fn previewed(&mut self, run: RunId, found: Result<RewindPreview, String>) {
        self.take(Message::Previewed(run, found.map(Box::new)));
    }

    /// The memory answers the question that was asked last.
    pub fn recalled(&mut self, found: Result<Found, String>) {
        let words = self.model.recall.asked.clone().unwrap_or_default();
        self.take(Message::Recalled(words, found.map(Box::new)));
    }

    /// An episode was marked.
    pub fn marked(&mut self, mark: Mark) {
        self.take(Message::Marked(mark, Ok(true)));
    }

    /// What was learnt of models is known.
    pub fn learnt(&mut self, records: BTreeMap<ModelId, Record>) {
        self.take(Message::Learnt(Ok(records)));
    }

    /// Whether the state can be brought back is known.
    pub fn state_checked(&mut self, run: RunId, found: Result<(), String>) {
        self.take(Message::StateChecked(run, found));
    }

    /// Paths that begin with what was typed are known.
    pub fn completed(&mut self, typed: &str, paths: Vec<String>) {
        self.take(Message::Completed(typed.to_owned(), paths));
    }

    /// Returns the orders since the last time, as text.
    pub fn orders(&mut self) -> Vec<String> {
        std::mem::take(&mut self.orders)
            .into_iter()
            .map(|order| format!("{order:?}"))
            .collect()
    }

    /// Tells whether an earlier moment is looked at, and how many events count.
    pub fn moment(&self) -> Option<(bool, usize)> {
        let sight = self.model.sight.as_ref()?;
        Some((sight.is_past(), sight.position()))
    }

    /// Draws a frame, and returns what is on the screen.
    pub fn draw(&mut self) -> &Buffer {
        let model = &self.model;
        let Ok(_) = self.terminal.draw(|frame| {
            if let Some(place) = draw(model, frame.buffer_mut()) {
                frame.set_cursor_position(place);
            }
        });
        self.terminal.backend().buffer()
    }
}
