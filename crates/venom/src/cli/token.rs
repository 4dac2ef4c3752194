//! `venom token`: who may use the HTTP API.

use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::json;
use venom_exec::os::{OsEntropy, SystemClock};
use venom_kernel::money::MicroUsd;
use venom_kernel::time::{Millis, Timestamp};
use venom_server::token::store::{Tokens, Wanted};
use venom_server::token::{Scope, Token};

use super::context::Context;
use crate::config::{duration, money};
use crate::error::CliResult;
use crate::exit::Exit;
use crate::output::{Form, clean, event, table::table};

/// Make, list and revoke tokens for the HTTP API
#[derive(Debug, Args)]
pub(crate) struct TokenArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a token and print it; it cannot be shown again
    Create {
        /// What it may be used for: runs:read, runs:write, approvals:decide, models:use, metrics, admin
        #[arg(long = "scope", value_name = "SCOPE", required = true)]
        scopes: Vec<Scope>,
        /// What it is for, in a line
        #[arg(long, value_name = "TEXT", default_value = "")]
        label: String,
        /// How long it is of use, such as `90d` or `12h`
        #[arg(long, value_name = "TIME", value_parser = duration::parse)]
        lasts: Option<Millis>,
        /// The most that may be spent with it on models in a day of UTC
        #[arg(long, value_name = "DOLLARS", value_parser = money::parse)]
        per_day: Option<MicroUsd>,
    },
    /// List the tokens, never their secrets
    List,
    /// End a token at once
    Revoke {
        /// The token's id: the digits after `vnm_`
        #[arg(value_name = "ID")]
        id: String,
    },
}

pub(super) fn run(context: &Context, args: &TokenArgs) -> CliResult {
    let folder = context.paths()?.data().join("server");
    let tokens = Tokens::new(
        &folder,
        Arc::new(SystemClock::new()),
        Arc::new(OsEntropy::new()),
    );
    let is_text = context.out.form == Form::Text;
    match &args.what {
        What::Create {
            scopes,
            label,
            lasts,
            per_day,
        } => {
            let lasts = lasts.map(|lasts| i64::try_from(lasts.get() / 1_000).unwrap_or(i64::MAX));
            let (token, text) = tokens.create(&Wanted {
                label: label.clone(),
                scopes: scopes.clone(),
                lasts,
                per_day: per_day.map(MicroUsd::micros),
            })?;
            if is_text {
                context.out.data(&format!("{}\n", text.as_str()));
                context
                    .out
                    .talk("keep it where others cannot read it; it is not shown again");
            } else {
                context
                    .out
                    .document("token", json!({ "token": token, "secret": text.as_str() }));
            }
        }
        What::List => {
            let list = tokens.list()?;
            if !is_text {
                context.out.document("tokens", json!({ "tokens": list }));
            } else if list.is_empty() {
                context
                    .out
                    .talk("no tokens yet; make one: venom token create --scope runs:read");
            } else {
                let rows: Vec<Vec<String>> = list.iter().map(row).collect();
                context.out.data(&table(
                    &["ID", "CREATED", "EXPIRES", "LAST USED", "SCOPES", "LABEL"],
                    &rows,
                ));
            }
        }
        What::Revoke { id } => {
            let id = id.strip_prefix("vnm_").unwrap_or(id);
            let token = tokens.revoke(id)?;
            if is_text {
                context
                    .out
                    .talk(&format!("token {} is of no use any more", token.id));
            } else {
                context.out.document("token", json!({ "token": token }));
            }
        }
    }
    Ok(Exit::Ok)
}

fn row(token: &Token) -> Vec<String> {
    let time = |seconds: Option<i64>| {
        seconds.map_or_else(
            || "never".to_owned(),
            |seconds| {
                event::time(Timestamp::from_micros(seconds.saturating_mul(1_000_000)))
                    .chars()
                    .take(19)
                    .collect()
            },
        )
    };
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.name()).collect();
    vec![
        token.id.clone(),
        time(Some(token.created)),
        time(token.expires),
        time(token.used),
        scopes.join(" "),
        clean::short(&token.label, 60),
    ]
}
