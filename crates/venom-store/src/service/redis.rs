//! Redis as a cache that processes share: values under keys that begin with a name for the data folder, each
//! with an end.
//!
//! One connection is kept and asked in turn. One that failed is thrown away: what is left in it belongs to a
//! question that nobody waits for any more.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use redis::{
    ConnectionAddr, ErrorKind, IntoConnectionInfo as _, ProtocolVersion, RedisConnectionInfo,
    RedisError, ServerErrorKind,
};
use reqwest::Url;
use venom_ports::cache::SharedCache;
use venom_ports::{Failure, FailureKind, Result};

use super::Credentials;
use super::rest::Rest;

/// How long connecting may take, and how long an answer. Chosen: a cache is asked before anything else, so
/// whoever waits for it longer than for the search itself has lost; one in the same house answers in a
/// thousandth of that.
const CONNECT: Duration = Duration::from_millis(500);
const ANSWER: Duration = Duration::from_millis(250);
/// The largest value. Chosen: above an answer with a thousand hits; larger ones are better read from the disk.
const LARGEST: usize = 1 << 20;
/// How long a value is kept. Chosen: its key changes with what it follows from, so that older ones are asked
/// for no more.
const DAYS: u64 = 7;
/// The oldest version that is spoken to: the first one with names for users.
const OLDEST: u64 = 6;

/// Where a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    host: String,
    port: u16,
    user: Option<String>,
    database: i64,
}

/// A server.
pub struct Redis {
    name: String,
    place: Place,
    /// What stands before each key.
    before: String,
    credentials: Credentials,
    connection: Mutex<Option<redis::Connection>>,
    rest: Rest,
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redis")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Redis {
    /// Reads the address: `redis://HOST:PORT/DATABASE`, with `USER@` before the host if the server knows users.
    /// Nothing is reached before the first question.
    pub fn new(address: &str, set: &str, credentials: Credentials) -> Result<Self> {
        let place = place(address).map_err(|why| Failure::new(FailureKind::Refused, why))?;
        Ok(Self {
            name: format!("Redis at {}:{}", place.host, place.port),
            place,
            before: format!("venom:{set}:"),
            credentials,
            connection: Mutex::new(None),
            rest: Rest::default(),
        })
    }

    fn connect(&self) -> Result<redis::Connection> {
        let Place {
            host,
            port,
            user,
            database,
        } = &self.place;
        let mut settings = RedisConnectionInfo::default()
            .set_db(*database)
            .set_protocol(ProtocolVersion::RESP2)
            .set_skip_set_lib_name();
        if let Some(user) = user {
            settings = settings.set_username(user);
        }
        if let Some(password) = (self.credentials)()? {
            settings = settings.set_password(password.as_str());
        }
        let failed = |error: RedisError| self.failure(&error);
        let info = ConnectionAddr::Tcp(host.clone(), *port)
            .into_connection_info()
            .map_err(failed)?
            .set_redis_settings(settings);
        let connection = redis::Client::open(info)
            .and_then(|client| client.get_connection_with_timeout(CONNECT))
            .map_err(failed)?;
        connection.set_read_timeout(Some(ANSWER)).map_err(failed)?;
        connection.set_write_timeout(Some(ANSWER)).map_err(failed)?;
        Ok(connection)
    }

    /// Asks over the connection that is kept. One that the server has closed meanwhile is opened again, once.
    fn ask<T: redis::FromRedisValue>(&self, command: &redis::Cmd) -> Result<T> {
        let mut kept = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.rest.unless(|| {
            if let Some(mut connection) = kept.take() {
                match command.query(&mut connection) {
                    Ok(value) => {
                        *kept = Some(connection);
                        return Ok(value);
                    }
                    Err(error) if error.is_connection_dropped() => {}
                    Err(error) => return Err(self.failure(&error)),
                }
            }
            let mut connection = self.connect()?;
            let value = command
                .query(&mut connection)
                .map_err(|error| self.failure(&error))?;
            *kept = Some(connection);
            Ok(value)
        })
    }

    fn failure(&self, error: &RedisError) -> Failure {
        let words: String = error
            .to_string()
            .chars()
            .filter(|c| !c.is_control())
            .take(200)
            .collect();
        let name = &self.name;
        let is_denied = matches!(
            error.kind(),
            ErrorKind::AuthenticationFailed | ErrorKind::Server(ServerErrorKind::NoPerm)
        ) || matches!(error.code(), Some("NOAUTH" | "WRONGPASS"));
        if is_denied {
            return Failure::new(
                FailureKind::Refused,
                format!("{name} wants other credentials: {words}"),
            )
            .with_hint("name the password that it wants in `memory.cache_key`, and the user in `memory.cache`");
        }
        if error.is_timeout() {
            return Failure::new(
                FailureKind::Unavailable,
                format!("{name} did not answer in {} ms", ANSWER.as_millis()),
            )
            .with_hint("see whether it is overloaded; VENOM works without it");
        }
        match error.kind() {
            ErrorKind::Io => Failure::new(
                FailureKind::Unavailable,
                format!("{name} cannot be reached: {words}"),
            )
            .with_hint("start it, or correct the address in `memory.cache`"),
            ErrorKind::Parse | ErrorKind::UnexpectedReturnType => Failure::new(
                FailureKind::Refused,
                format!("what answers as {name} is no Redis: {words}"),
            )
            .with_hint("correct the address in `memory.cache`"),
            ErrorKind::Server(_) | ErrorKind::Extension => {
                Failure::new(FailureKind::Unavailable, format!("{name} refused: {words}"))
                    .with_hint("its own log says what is wrong; VENOM works without it")
            }
            _ => Failure::new(FailureKind::Refused, format!("{name}: {words}")),
        }
    }

    fn key(&self, key: &str) -> String {
        format!("{}{key}", self.before)
    }
}

/// Says what is wrong with an address.
pub fn check(address: &str) -> std::result::Result<(), String> {
    place(address).map(drop)
}

fn place(address: &str) -> std::result::Result<Place, String> {
    let url = Url::parse(address).map_err(|error| format!("it is no address: {error}"))?;
    if url.scheme() == "rediss" {
        return Err(
            "Redis over TLS is not spoken; use `redis://` on a network that is your own".to_owned(),
        );
    }
    let host = url.host_str().unwrap_or_default();
    if url.scheme() != "redis" || host.is_empty() {
        return Err("it begins with redis:// and names a host".to_owned());
    }
    if url.password().is_some() {
        return Err("a password is named in `cache_key`, not written into the address".to_owned());
    }
    let database = url.path().trim_matches('/');
    let database = match database {
        "" => 0,
        number => number
            .parse::<u16>()
            .map_err(|_odd| "behind the host stands the number of a database".to_owned())?,
    };
    let user = url.username();
    Ok(Place {
        host: host.trim_matches(['[', ']']).to_owned(),
        port: url.port().unwrap_or(6379),
        user: (!user.is_empty()).then(|| user.to_owned()),
        database: database.into(),
    })
}

impl SharedCache for Redis {
    fn name(&self) -> &str {
        &self.name
    }

    fn check(&self) -> Result<String> {
        self.rest.end();
        let said: String = self.ask(redis::cmd("INFO").arg("server"))?;
        let version = said
            .lines()
            .find_map(|line| line.strip_prefix("redis_version:"))
            .map(|version| version.trim().chars().filter(|c| !c.is_control()).take(40))
            .map(String::from_iter)
            .unwrap_or_default();
        let first = version.split('.').next().unwrap_or_default();
        if first.parse::<u64>().is_ok_and(|first| first >= OLDEST) {
            return Ok(version);
        }
        Err(Failure::new(
            FailureKind::Refused,
            format!("{} has version `{version}`", self.name),
        )
        .with_hint(format!("Redis from {OLDEST} on is spoken to")))
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        self.ask(redis::cmd("GET").arg(self.key(key)))
    }

    fn put(&self, key: &str, bytes: &[u8]) -> Result<()> {
        if bytes.len() > LARGEST {
            return Ok(());
        }
        self.ask(
            redis::cmd("SET")
                .arg(self.key(key))
                .arg(bytes)
                .arg("EX")
                .arg(DAYS * 24 * 3600),
        )
    }
}

#[cfg(test)]
mod tests;
