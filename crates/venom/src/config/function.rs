//! Functions that run elsewhere, as the configuration describes them: `functions`, a name and a
//! description each.
//!
//! They stand in the user's file alone. A project's file arrives with somebody else's code, and what it
//! would name here could send this user's credentials to whoever wrote it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use venom_exec::function::{
    Auth as ExecAuth, Credentials as ExecCredentials, Definition, Envelope as ExecEnvelope, Event,
    Form, Http as ExecHttp, Lambda as ExecLambda, SecretRef, Target, TokenSource,
};
use venom_kernel::time::Millis;

use super::duration;

/// The functions by name.
pub(crate) type Functions = BTreeMap<FunctionName, Function>;

/// The longest call: what Lambda allows.
const LONGEST: Millis = Millis::from_secs(15 * 60);
/// The longest call when nobody says how long. Chosen: a cold start and some work.
const USUAL: Millis = Millis::from_secs(60);
/// The most repetitions. Chosen: whoever needs more has another problem.
const MOST_RETRIES: u32 = 10;
/// Repetitions when nobody says how many: the number that AWS's own clients use.
const USUAL_RETRIES: u32 = 2;

/// A text with a form of its own.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub(crate) struct $name(String);

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                let check: fn(&str) -> Result<(), String> = $check;
                check(&text).map(|()| Self(text))
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
    };
}

text!(
    /// The name of a function.
    FunctionName,
    |text| {
        let fits = (1..=64).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        if fits {
            Ok(())
        } else {
            Err("the name of a function is 1 to 64 letters, digits, `-` and `_`".to_owned())
        }
    }
);
text!(
    /// Where a secret is.
    SecretText,
    |text| text.parse::<SecretRef>().map(drop)
);
text!(
    /// A duration.
    TimeText,
    |text| match duration::parse(text)? {
        limit if limit <= LONGEST => Ok(()),
        _ => Err(format!("a call takes at most {LONGEST}")),
    }
);

/// One function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Function {
    Lambda {
        function: String,
        region: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        endpoint: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        qualifier: Option<String>,
        #[serde(default)]
        credentials: Credentials,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        plain_http: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout: Option<TimeText>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retries: Option<u32>,
        #[serde(default)]
        idempotent: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        input: Option<serde_json::Value>,
    },
    Http {
        url: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        async_url: Option<String>,
        #[serde(default)]
        auth: Auth,
        #[serde(default)]
        envelope: Envelope,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event_type: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        event_source: Option<String>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        plain_http: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout: Option<TimeText>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retries: Option<u32>,
        #[serde(default)]
        idempotent: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        input: Option<serde_json::Value>,
    },
}

/// Where AWS credentials come from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Credentials {
    #[default]
    Environment,
    Container,
    Profile {
        name: String,
    },
    Keys {
        access_key_id: SecretText,
        secret_access_key: SecretText,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session_token: Option<SecretText>,
    },
}

/// How calls are vouched for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Auth {
    #[default]
    None,
    Bearer {
        token: SecretText,
    },
    Oidc {
        audience: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<PathBuf>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        metadata: Option<String>,
    },
    Hmac {
        secret: SecretText,
    },
}

/// How the payload is wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Envelope {
    #[default]
    Json,
    Cloudevents,
    CloudeventsBinary,
}

/// Turns the descriptions into what the adapter calls.
pub(crate) fn definitions(functions: &Functions) -> Result<BTreeMap<String, Definition>, String> {
    functions
        .iter()
        .map(|(name, function)| {
            let definition = function
                .definition()
                .map_err(|why| format!("`functions.{}`: {why}", name.0))?;
            Ok((name.0.clone(), definition))
        })
        .collect()
}

fn secret(text: &SecretText) -> Result<SecretRef, String> {
    text.0.parse()
}

fn limits(timeout: Option<&TimeText>, retries: Option<u32>) -> Result<(Millis, u32), String> {
    let timeout = timeout.map_or(Ok(USUAL), |text| duration::parse(&text.0))?;
    let retries = retries.unwrap_or(USUAL_RETRIES);
    if retries > MOST_RETRIES {
        return Err(format!("`retries` is at most {MOST_RETRIES}"));
    }
    Ok((timeout, retries))
}

impl Function {
    fn definition(&self) -> Result<Definition, String> {
        match self {
            Self::Lambda {
                function,
                region,
                endpoint,
                qualifier,
                credentials,
                plain_http,
                description,
                timeout,
                retries,
                idempotent,
                input,
            } => {
                let (timeout, retries) = limits(timeout.as_ref(), *retries)?;
                Ok(Definition {
                    description: description.clone(),
                    timeout,
                    retries,
                    is_idempotent: *idempotent,
                    input: input.clone(),
                    target: Target::Lambda(ExecLambda {
                        function: function.clone(),
                        region: region.clone(),
                        endpoint: endpoint.clone(),
                        qualifier: qualifier.clone(),
                        credentials: credentials.made()?,
                        allow_plain: *plain_http,
                    }),
                })
            }
            Self::Http {
                url,
                async_url,
                auth,
                envelope,
                event_type,
                event_source,
                plain_http,
                description,
                timeout,
                retries,
                idempotent,
                input,
            } => {
                let (timeout, retries) = limits(timeout.as_ref(), *retries)?;
                let event = |form| {
                    ExecEnvelope::CloudEvent(Event {
                        form,
                        kind: event_type
                            .clone()
                            .unwrap_or_else(|| "venom.function.call".to_owned()),
                        source: event_source.clone().unwrap_or_else(|| "/venom".to_owned()),
                    })
                };
                let envelope = match envelope {
                    Envelope::Json if event_type.is_some() || event_source.is_some() => {
                        return Err(
                            "`event_type` and `event_source` are for events: set `envelope` to cloudevents"
                                .to_owned(),
                        );
                    }
                    Envelope::Json => ExecEnvelope::Json,
                    Envelope::Cloudevents => event(Form::Structured),
                    Envelope::CloudeventsBinary => event(Form::Binary),
                };
                Ok(Definition {
                    description: description.clone(),
                    timeout,
                    retries,
                    is_idempotent: *idempotent,
                    input: input.clone(),
                    target: Target::Http(ExecHttp {
                        url: url.clone(),
                        async_url: async_url.clone(),
                        auth: auth.made()?,
                        envelope,
                        allow_plain: *plain_http,
                    }),
                })
            }
        }
    }
}

impl Credentials {
    fn made(&self) -> Result<ExecCredentials, String> {
        Ok(match self {
            Self::Environment => ExecCredentials::Environment,
            Self::Container => ExecCredentials::Container,
            Self::Profile { name } => ExecCredentials::Profile(name.clone()),
            Self::Keys {
                access_key_id,
                secret_access_key,
                session_token,
            } => ExecCredentials::Keys {
                id: secret(access_key_id)?,
                secret: secret(secret_access_key)?,
                token: session_token.as_ref().map(secret).transpose()?,
            },
        })
    }
}

impl Auth {
    fn made(&self) -> Result<ExecAuth, String> {
        Ok(match self {
            Self::None => ExecAuth::None,
            Self::Bearer { token } => ExecAuth::Bearer(secret(token)?),
            Self::Hmac { secret: name } => ExecAuth::Hmac(secret(name)?),
            Self::Oidc {
                audience,
                file,
                metadata,
            } => ExecAuth::Oidc {
                audience: audience.clone(),
                source: match (file, metadata) {
                    (Some(_), Some(_)) => {
                        return Err("`auth` takes `file` or `metadata`, not both".to_owned());
                    }
                    (Some(file), None) if file.is_absolute() => TokenSource::File(file.clone()),
                    (Some(_), None) => {
                        return Err("the path of the token's `file` must be absolute".to_owned());
                    }
                    (None, metadata) => TokenSource::Metadata(metadata.clone()),
                },
            },
        })
    }
}

/// Returns the JSON Schema of `functions`. It is also what the reference page says about each key.
pub(crate) fn schema() -> serde_json::Value {
    use serde_json::json;
    let secret = |about: &str| json!({"type": "string", "pattern": "^(env:[A-Za-z_][A-Za-z0-9_]*|file:/.*)$", "description": about});
    let text = |about: &str| json!({"type": "string", "description": about});
    let tagged = |tag: &str, name: &str, mut properties: serde_json::Value, required: &[&str]| {
        let mut required = required.to_vec();
        required.insert(0, tag);
        if let Some(map) = properties.as_object_mut() {
            map.insert(tag.to_owned(), json!({"const": name}));
        }
        json!({
            "type": "object",
            "additionalProperties": false,
            "required": required,
            "properties": properties,
        })
    };
    let every = |properties: serde_json::Value| {
        let mut all = json!({
            "description": text("What the function does; shown to people and to whatever plans."),
            "timeout": text("Longest time for a call, repetitions included, up to 15m; 60s if not set."),
            "retries": {"type": "integer", "minimum": 0, "maximum": MOST_RETRIES, "description": "How often a call is tried again; 2 if not set. What may have run is repeated only if the function is idempotent."},
            "idempotent": {"type": "boolean", "description": "Whether the function does the work once when it is called twice with the same key. It may then be repeated, and called with `function.query`."},
            "plain_http": {"type": "boolean", "description": "Whether secrets and signed requests may be sent to another machine without TLS."},
            "input": {"type": "object", "description": "JSON Schema that payloads must fit before they are sent."},
        });
        if let (Some(all), serde_json::Value::Object(own)) = (all.as_object_mut(), properties) {
            all.extend(own);
        }
        all
    };
    let credentials = json!({
        "description": "Where AWS credentials come from; the variables AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN if not set.",
        "oneOf": [
            tagged("from", "environment", json!({}), &[]),
            tagged("from", "container", json!({}), &[]),
            tagged("from", "profile", json!({"name": text("A profile of the shared credentials file.")}), &["name"]),
            tagged("from", "keys", json!({
                "access_key_id": secret("Where the access key's id is."),
                "secret_access_key": secret("Where the secret key is."),
                "session_token": secret("Where the session's token is."),
            }), &["access_key_id", "secret_access_key"]),
        ],
    });
    let auth = json!({
        "description": "How calls are vouched for; not at all if not set.",
        "oneOf": [
            tagged("kind", "none", json!({}), &[]),
            tagged("kind", "bearer", json!({"token": secret("Where the token is.")}), &["token"]),
            tagged("kind", "oidc", json!({
                "audience": text("Whom the token is for; for Cloud Run the address of the service."),
                "file": text("A file in which the platform renews the token."),
                "metadata": text("A metadata endpoint, with `{audience}` in it; Google's if neither this nor `file` is set."),
            }), &["audience"]),
            tagged("kind", "hmac", json!({"secret": secret("Where the shared secret is.")}), &["secret"]),
        ],
    });
    let lambda = tagged(
        "kind",
        "lambda",
        every(json!({
            "function": text("Name or ARN of the function."),
            "region": text("The region, such as `eu-west-1`."),
            "endpoint": text("Another address than the region's own."),
            "qualifier": text("A version or alias."),
            "credentials": credentials,
        })),
        &["function", "region"],
    );
    let http = tagged(
        "kind",
        "http",
        every(json!({
            "url": text("The address that calls are posted to."),
            "async_url": text("An address that takes calls without answering them."),
            "auth": auth,
            "envelope": {"enum": ["json", "cloudevents", "cloudevents-binary"], "description": "How the payload is wrapped; `json` if not set."},
            "event_type": text("The type of events; `venom.function.call` if not set."),
            "event_source": text("The source of events; `/venom` if not set."),
        })),
        &["url"],
    );
    json!({
        "type": "object",
        "propertyNames": {"pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"},
        "additionalProperties": {"oneOf": [lambda, http]},
    })
}

#[cfg(test)]
mod tests;
