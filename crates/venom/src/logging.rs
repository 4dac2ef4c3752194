//! Logs: JSON lines in `data/logs/venom.log`, redacted, rotated by size.
//!
//! Each line has the fields `time`, `level` and `message`, and where they apply `agent_id`,
//! `session_id` (the run), `model`, `tokens_in`, `tokens_out`, `cost` and `latency`; whatever else
//! an event carries stands under its own name. Logging never fails a command: what cannot be
//! written is lost, and `venom doctor` says so.

mod file;

use std::fmt;
use std::path::Path;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use venom_kernel::redact::Redactor;

use self::file::Rotating;
use crate::config::Level;

/// Begins to log. Called once, before anything can be logged.
pub(crate) fn start(folder: &Path, level: Level, is_verbose: bool, redactor: Redactor) {
    let layer = JsonLines {
        file: Rotating::open(folder),
        is_verbose,
        redactor,
    };
    let filter = match level {
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
        Level::Trace => LevelFilter::TRACE,
    };
    let subscriber = tracing_subscriber::registry().with(layer.with_filter(filter));
    if tracing::subscriber::set_global_default(subscriber).is_err() {
        tracing::warn!("logging had begun already");
    }
}

struct JsonLines {
    file: Rotating,
    is_verbose: bool,
    redactor: Redactor,
}

impl<S: Subscriber> Layer<S> for JsonLines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields(Map::new());
        event.record(&mut fields);
        let mut line = Map::new();
        line.insert("time".to_owned(), now().into());
        let level = event.metadata().level().as_str().to_lowercase();
        line.insert("level".to_owned(), level.into());
        line.insert("target".to_owned(), event.metadata().target().into());
        line.extend(fields.0);
        let line = self.redactor.redact(&Value::Object(line).to_string());
        if self.is_verbose {
            crate::output::plain(&format!("{line}\n"), false);
        }
        self.file.write(&line);
    }
}

fn now() -> String {
    let now = jiff::Timestamp::now();
    format!("{now:.6}")
}

/// Collects the fields of an event. Runs are called sessions in logs.
struct Fields(Map<String, Value>);

impl Fields {
    fn insert(&mut self, field: &Field, value: Value) {
        let name = match field.name() {
            "run" => "session_id",
            name => name,
        };
        self.0.insert(name.to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.insert(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value.into());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.insert(field, value.to_string().into());
    }
}
