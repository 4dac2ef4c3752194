//! Why a ledger refuses.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Account, Key, Unit, Window};
use crate::model::ModelId;
use crate::money::MicroUsd;

/// A cap that can be met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cap {
    /// That of an account.
    Account(Account),
    /// That of a model.
    Model(ModelId),
    /// That of a day or a month.
    Window(Window),
}

impl fmt::Display for Cap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(account) if *account == Account::run() => f.write_str("the run"),
            Self::Account(account) => write!(f, "`{account}`"),
            Self::Model(model) => write!(f, "the model `{model}`"),
            Self::Window(Window::Day) => f.write_str("the day"),
            Self::Window(Window::Month) => f.write_str("the month"),
        }
    }
}

/// What does not fit under a cap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Over {
    /// Which cap.
    pub cap: Cap,
    /// What it counts.
    pub unit: Unit,
    /// How much it allows.
    pub limit: u64,
    /// How much of it is spent.
    pub spent: u64,
    /// How much of it calls that are under way may take, or is set apart for children.
    pub reserved: u64,
    /// How much was wanted.
    pub wanted: u64,
}

impl fmt::Display for Over {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |number: u64| match self.unit {
            Unit::Money => MicroUsd::new(number).to_string(),
            Unit::Tokens => format!("{number} tokens"),
        };
        write!(
            f,
            "the budget of {} is {}: {} spent, {} reserved, and {} more may be needed",
            self.cap,
            shown(self.limit),
            shown(self.spent),
            shown(self.reserved),
            shown(self.wanted)
        )
    }
}

/// Why a ledger refuses a movement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A cap does not hold it.
    #[error("{0}")]
    Over(Over),
    /// There is no such account.
    #[error("there is no account `{0}` in the budget")]
    NoAccount(Account),
    /// The account is closed.
    #[error("the account `{0}` is closed")]
    Closed(Account),
    /// The account exists.
    #[error("there is an account `{0}` already")]
    Exists(Account),
    /// The tree of accounts is too deep.
    #[error("accounts cannot be carved more than {most} deep, and `{parent}` is that deep")]
    TooDeep {
        /// Where another one was wanted.
        parent: Account,
        /// How deep the tree may be.
        most: usize,
    },
    /// The call was reserved before.
    #[error("the call `{0}` was reserved before")]
    Taken(Key),
    /// The call is not under way.
    #[error("the call `{0}` is not reserved, or was settled before")]
    NotOpen(Key),
    /// The day or month was not opened.
    #[error("the window {0:?} was not opened")]
    NoWindow(Window),
}
