//! The signing key, and whose signatures count.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use venom_store::archive::trust::{Trusted, parse};

use super::super::context::Context;
use super::SigningVerb;
use crate::error::CliResult;
use crate::exit::Exit;
use crate::output::{Form, clean, table::table};

pub(super) fn run(context: &Context, what: &SigningVerb) -> CliResult {
    let folder = context.paths()?.keys();
    match what {
        SigningVerb::Create | SigningVerb::Show | SigningVerb::Export => own(context, what),
        SigningVerb::Trust { key, name } => {
            let mut trusted = Trusted::load(&folder)?;
            trusted.add(parse(key)?, name)?;
            trusted.store(&folder)?;
            context.out.talk(&format!(
                "signatures of {} are trusted",
                clean::short(name, 64)
            ));
            Ok(Exit::Ok)
        }
        SigningVerb::Distrust { key } => {
            let mut trusted = Trusted::load(&folder)?;
            if !trusted.remove(&parse(key)?) {
                context.out.talk("the key was not trusted");
                return Ok(Exit::Failed);
            }
            trusted.store(&folder)?;
            context.out.talk("its signatures are not trusted any more");
            Ok(Exit::Ok)
        }
        SigningVerb::Trusted => {
            let keys = Trusted::load(&folder)?.list();
            if context.out.form != Form::Text {
                let keys: Vec<_> = keys
                    .iter()
                    .map(|(key, name)| json!({"public": key, "name": name}))
                    .collect();
                context
                    .out
                    .document("trusted-keys", json!({ "keys": keys }));
                return Ok(Exit::Ok);
            }
            if keys.is_empty() {
                context.out.talk(
                    "no key is trusted yet; add one: venom keys signing trust KEY --name NAME",
                );
                return Ok(Exit::Ok);
            }
            let rows: Vec<Vec<String>> = keys
                .into_iter()
                .map(|(key, name)| vec![key, clean::short(&name, 64)])
                .collect();
            context.out.data(&table(&["KEY", "NAME"], &rows));
            Ok(Exit::Ok)
        }
    }
}

/// The key of this data folder.
fn own(context: &Context, what: &SigningVerb) -> CliResult {
    context.with_engine(async |wired| {
        let is_new = matches!(what, SigningVerb::Create);
        let key = if is_new {
            wired.store.create_signing()?
        } else {
            wired.store.signing()?
        };
        let public = key.public();
        let mut hex = String::with_capacity(64);
        for byte in public {
            // Writing to a string does not fail.
            let _written = write!(hex, "{byte:02x}");
        }
        // SubjectPublicKeyInfo of Ed25519 (RFC 8410, 4): a fixed beginning and the key.
        let mut der = vec![
            0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
        ];
        der.extend_from_slice(&public);
        let pem = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----",
            BASE64_STANDARD.encode(der)
        );
        if context.out.form != Form::Text {
            context
                .out
                .document("signing-key", json!({"public": hex, "pem": pem}));
        }
        if is_new {
            // What is signed here is known here.
            let folder = context.paths()?.keys();
            let mut trusted = Trusted::load(&folder)?;
            trusted.add(public, "this data folder")?;
            trusted.store(&folder)?;
        }
        if context.out.form != Form::Text {
            return Ok(Exit::Ok);
        }
        if matches!(what, SigningVerb::Export) {
            context.out.data(&pem);
        } else {
            context.out.data(&format!("ed25519:{hex}"));
        }
        Ok(Exit::Ok)
    })
}
