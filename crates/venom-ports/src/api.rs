//! What a user may ask, whoever asks: the command line, the terminal UI and the HTTP API speak
//! these traits, in process or to a server. One small trait per noun.

pub mod archive;
pub mod facts;
pub mod intents;
pub mod learned;
pub mod models;
pub mod plans;
pub mod playbooks;
pub mod preferences;
pub mod relay;
pub mod report;
pub mod runs;
pub mod time;
