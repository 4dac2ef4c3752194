//! A graph database that speaks Bolt and Cypher, such as Neo4j: the facts of a data folder as things and
//! relationships that others can look at and ask.
//!
//! The Cypher is what such databases have in common: values are always sent beside the query, and names of
//! relationships, which no value can stand for, come from a closed list. Everything carries the name of the data
//! folder, so that several can share a database, and things of others are never touched.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::Url;
use venom_kernel::confidence::Confidence;
use venom_kernel::memory::fact::{FactId, Relation};
use venom_kernel::time::Timestamp;
use venom_ports::memory::graph::{Edge, Graph};
use venom_ports::{Failure, FailureKind, Result};

use super::bolt::{Connection, Dial, Place, Trouble, Value};
use super::rest::Rest;
use super::{Credentials, Roots};

/// How long a question may take. Chosen: some hundred times what a step from a hundred things takes.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long writing may take.
const WRITING: Duration = Duration::from_secs(15);
/// Facts in one query. Chosen: some hundred kilobytes, and a transaction that a small server can hold.
const GROUP: usize = 500;
/// Things from which a step is asked for at once.
const STEP: usize = 500;
/// How long nothing is asked after a first transaction that got into the way of another one; twice as long after each
/// further one, up to the last. Chosen: a second in all.
const PAUSE: Duration = Duration::from_millis(15);
const LAST: Duration = Duration::from_millis(900);
/// The port of Bolt.
const PORT: u16 = 7687;

/// The facts of one data folder in a database.
pub struct Neo4j {
    name: String,
    place: Place,
    home: String,
    credentials: Credentials,
    roots: Roots,
    connection: Mutex<Option<Connection>>,
    rest: Rest,
}

impl std::fmt::Debug for Neo4j {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Neo4j")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Neo4j {
    /// Reads the address: `bolt://HOST:PORT`, with `USER@` before the host and `/DATABASE` behind it where they are
    /// needed; `bolt+s://` speaks TLS. Nothing is reached before the first question.
    pub fn new(address: &str, home: &str, credentials: Credentials, roots: Roots) -> Result<Self> {
        let place = check(address).map_err(|why| Failure::new(FailureKind::Refused, why))?;
        Ok(Self {
            name: format!("the graph at {}:{}", place.host, place.port),
            place,
            home: home.to_owned(),
            credentials,
            roots,
            connection: Mutex::new(None),
            rest: Rest::default(),
        })
    }

    fn connect(&self, patience: Duration) -> Result<Connection> {
        Connection::open(&Dial {
            name: &self.name,
            place: &self.place,
            credentials: &self.credentials,
            roots: &self.roots,
            patience,
        })
    }

    /// Asks over the connection that is kept. One that the server has closed meanwhile is opened again, once; what
    /// the server did not do because something else was in its way is asked for again.
    fn ask(&self, query: &str, values: &Value, patience: Duration) -> Result<Vec<Vec<Value>>> {
        let mut kept = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let asked = self.rest.unless(|| {
            let mut pause = PAUSE;
            loop {
                match self.once(&mut kept, query, (values, patience)) {
                    Err(failure) if failure.kind == FailureKind::Retryable && pause < LAST => {
                        std::thread::park_timeout(pause);
                        pause *= 2;
                    }
                    other => return other,
                }
            }
        });
        // Nothing that a caller could do better about.
        asked.map_err(|failure| match failure.kind {
            FailureKind::Retryable => Failure::new(FailureKind::Unavailable, failure.message)
                .with_hint("its own log says why; what is believed is here without it"),
            _ => failure,
        })
    }

    fn once(
        &self,
        kept: &mut Option<Connection>,
        query: &str,
        (values, patience): (&Value, Duration),
    ) -> Result<Vec<Vec<Value>>> {
        let database = self.place.database.as_deref();
        if let Some(mut connection) = kept.take() {
            match connection.ask(query, values, database, patience) {
                Ok(rows) => {
                    *kept = Some(connection);
                    return Ok(rows);
                }
                Err(Trouble::Dropped(_)) => {}
                Err(Trouble::Said(failure)) => {
                    *kept = Some(connection);
                    return Err(failure);
                }
                Err(Trouble::Broken(failure)) => return Err(failure),
            }
        }
        let mut connection = self.connect(patience)?;
        let asked = connection.ask(query, values, database, patience);
        if matches!(asked, Ok(_) | Err(Trouble::Said(_))) {
            *kept = Some(connection);
        }
        asked.map_err(Trouble::failure)
    }

    /// Values with the name of the data folder among them.
    fn values<const N: usize>(&self, pairs: [(&str, Value); N]) -> Value {
        let mut values: BTreeMap<String, Value> =
            pairs.map(|(name, value)| (name.to_owned(), value)).into();
        values.insert("home".to_owned(), Value::text(&self.home));
        Value::Map(values)
    }

    /// Names a thing among those of all data folders.
    fn key(&self, thing: &str) -> Value {
        Value::text(format!("{}/{thing}", self.home))
    }

    fn take_out(&self, facts: impl Iterator<Item = FactId>) -> Result<()> {
        let facts = facts.map(|fact| Value::text(fact.to_string())).collect();
        self.ask(
            "MATCH (a:VenomThing)-[r]->(b:VenomThing) \
             WHERE a.home = $home AND r.home = $home AND r.fact IN $facts DELETE r",
            &self.values([("facts", Value::List(facts))]),
            WRITING,
        )
        .map(drop)
    }

    /// Puts facts in the place of what is there of them: taken out, and made anew with all that is said of them. To merge
    /// and then to set is one query less; but within one transaction that is where ArcadeDB 26.10 gets into its own way.
    fn put_group(&self, edges: &[Edge]) -> Result<()> {
        self.take_out(edges.iter().map(|edge| edge.fact))?;
        let things: BTreeSet<&str> = edges
            .iter()
            .flat_map(|edge| [edge.subject.as_str(), edge.object.as_str()])
            .collect();
        let rows = things
            .iter()
            .map(|thing| Value::map([("key", self.key(thing)), ("name", Value::text(*thing))]))
            .collect();
        self.ask(
            "UNWIND $rows AS row MERGE (:VenomThing {key: row.key, home: $home, name: row.name})",
            &self.values([("rows", Value::List(rows))]),
            WRITING,
        )?;
        let mut by: BTreeMap<Relation, Vec<Value>> = BTreeMap::new();
        for edge in edges {
            by.entry(edge.relation).or_default().push(Value::map([
                ("a", self.key(&edge.subject)),
                ("b", self.key(&edge.object)),
                ("fact", Value::text(edge.fact.to_string())),
                ("sure", Value::Int(edge.confidence.thousandths().into())),
                ("since", Value::Int(edge.from.micros())),
            ]));
        }
        for (relation, rows) in by {
            let query = format!(
                "UNWIND $rows AS row \
                 MATCH (a:VenomThing {{key: row.a}}) MATCH (b:VenomThing {{key: row.b}}) \
                 CREATE (a)-[:{} {{fact: row.fact, home: $home, sure: row.sure, since: row.since}}]->(b)",
                relation.name().to_uppercase()
            );
            self.ask(&query, &self.values([("rows", Value::List(rows))]), WRITING)?;
        }
        Ok(())
    }

    fn odd(&self) -> Failure {
        Failure::new(
            FailureKind::Corrupt,
            format!("{} holds what VENOM has not put there", self.name),
        )
        .with_hint("`venom memory services --sync` puts it right")
    }

    fn number(&self, rows: &[Vec<Value>]) -> Result<u64> {
        let first = rows.first().and_then(|row| row.first());
        first
            .and_then(Value::as_int)
            .and_then(|number| u64::try_from(number).ok())
            .ok_or_else(|| self.odd())
    }

    fn edge(row: &[Value]) -> Option<Edge> {
        let [fact, subject, relation, object, sure, from] = row else {
            return None;
        };
        let relation = relation.as_text()?.to_lowercase();
        let sure = u16::try_from(sure.as_int()?).ok()?;
        Some(Edge {
            fact: fact.as_text()?.parse().ok()?,
            subject: subject.as_text()?.to_owned(),
            relation: Relation::named(&relation)?,
            object: object.as_text()?.to_owned(),
            confidence: Confidence::from_thousandths(sure),
            from: Timestamp::from_micros(from.as_int()?),
        })
    }
}

/// Says what is wrong with an address.
pub fn check_address(address: &str) -> std::result::Result<(), String> {
    check(address).map(drop)
}

/// Tells whether what an address leads to is on this machine or spoken to over TLS, so that a password may be sent.
pub fn may_take_a_key(address: &str) -> bool {
    check(address).is_ok_and(|place| {
        place.is_tls || matches!(place.host.as_str(), "localhost" | "127.0.0.1" | "::1")
    })
}

fn check(address: &str) -> std::result::Result<Place, String> {
    let url = Url::parse(address).map_err(|error| format!("it is no address: {error}"))?;
    let is_tls = match url.scheme() {
        "bolt" => false,
        "bolt+s" => true,
        "neo4j" | "neo4j+s" | "neo4j+ssc" | "bolt+ssc" => {
            return Err(format!(
                "`{}://` is not spoken; name one server with `bolt://`, or with `bolt+s://` over TLS",
                url.scheme()
            ));
        }
        _ => return Err("it begins with bolt:// or bolt+s:// and names a host".to_owned()),
    };
    let host = url.host_str().unwrap_or_default();
    if host.is_empty() {
        return Err("it begins with bolt:// or bolt+s:// and names a host".to_owned());
    }
    if url.password().is_some() {
        return Err("a password is named in `graph_key`, not written into the address".to_owned());
    }
    let database = url.path().trim_matches('/');
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if !database.chars().all(is_name) || url.query().is_some() || url.fragment().is_some() {
        return Err("nothing but the name of a database may stand behind the host".to_owned());
    }
    let user = url.username();
    let is_named = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Ok(Place {
        host: host.trim_matches(['[', ']']).to_owned(),
        port: url.port().unwrap_or(PORT),
        user: is_named(user),
        database: is_named(database),
        is_tls,
    })
}

impl Graph for Neo4j {
    fn name(&self) -> &str {
        &self.name
    }

    fn open(&self) -> Result<String> {
        self.rest.end();
        let mut kept = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *kept = None;
        let mut connection = self.rest.unless(|| self.connect(PATIENCE))?;
        // Without them everything works, and slower; not every database takes the same words for them.
        for index in [
            "CREATE INDEX venom_thing_key IF NOT EXISTS FOR (n:VenomThing) ON (n.key)",
            "CREATE INDEX venom_thing_home IF NOT EXISTS FOR (n:VenomThing) ON (n.home)",
        ] {
            let database = self.place.database.as_deref();
            match connection.ask(index, &Value::map([]), database, WRITING) {
                Ok(_) => {}
                Err(Trouble::Said(failure))
                    if matches!(failure.kind, FailureKind::Refused | FailureKind::Retryable) =>
                {
                    // Wrong credentials and databases that are not there are no matter of words.
                    if failure
                        .hint
                        .as_deref()
                        .is_some_and(|hint| hint.contains("memory.graph"))
                    {
                        return Err(failure);
                    }
                    tracing::debug!(%failure, "an index was not made");
                }
                Err(trouble) => return Err(trouble.failure()),
            }
        }
        let server = connection.server.clone();
        *kept = Some(connection);
        Ok(server)
    }

    fn put(&self, edges: &[Edge]) -> Result<()> {
        for group in edges.chunks(GROUP) {
            self.put_group(group)?;
        }
        Ok(())
    }

    fn remove(&self, facts: &[FactId]) -> Result<()> {
        for group in facts.chunks(GROUP) {
            self.take_out(group.iter().copied())?;
        }
        if !facts.is_empty() {
            self.ask(
                "MATCH (n:VenomThing) WHERE n.home = $home AND NOT (n)--() DELETE n",
                &self.values([]),
                WRITING,
            )?;
        }
        Ok(())
    }

    fn near(&self, thing: &str, steps: u32) -> Result<BTreeSet<String>> {
        let mut near: BTreeSet<String> = [thing.to_owned()].into();
        let mut edge: Vec<String> = vec![thing.to_owned()];
        for _ in 0..steps {
            let mut further = Vec::new();
            // A step at a time: paths would be counted one by one, and there are more of them than things.
            for group in edge.chunks(STEP) {
                let keys = group.iter().map(|name| self.key(name)).collect();
                let rows = self.ask(
                    "MATCH (a:VenomThing)-[r]-(b:VenomThing) \
                     WHERE a.key IN $keys AND r.home = $home RETURN DISTINCT b.name",
                    &self.values([("keys", Value::List(keys))]),
                    PATIENCE,
                )?;
                for row in rows {
                    let name = row
                        .first()
                        .and_then(Value::as_text)
                        .ok_or_else(|| self.odd())?;
                    if near.insert(name.to_owned()) {
                        further.push(name.to_owned());
                    }
                }
            }
            if further.is_empty() {
                break;
            }
            edge = further;
        }
        Ok(near)
    }

    fn count(&self) -> Result<u64> {
        let rows = self.ask(
            "MATCH (a:VenomThing)-[r]->(b:VenomThing) \
             WHERE a.home = $home AND r.home = $home RETURN count(r)",
            &self.values([]),
            PATIENCE,
        )?;
        self.number(&rows)
    }

    fn page(&self, after: Option<FactId>, limit: usize) -> Result<Vec<Edge>> {
        let query = format!(
            "MATCH (a:VenomThing)-[r]->(b:VenomThing) \
             WHERE a.home = $home AND r.home = $home AND r.fact > $after \
             RETURN r.fact AS fact, a.name, type(r), b.name, r.sure, r.since ORDER BY fact LIMIT {limit}"
        );
        let after = after.map(|fact| fact.to_string()).unwrap_or_default();
        let rows = self.ask(
            &query,
            &self.values([("after", Value::text(after))]),
            WRITING,
        )?;
        rows.iter()
            .map(|row| Self::edge(row).ok_or_else(|| self.odd()))
            .collect()
    }

    fn mark(&self) -> Result<Option<String>> {
        let rows = self.ask(
            "MATCH (m:VenomMark) WHERE m.home = $home RETURN m.mark",
            &self.values([]),
            PATIENCE,
        )?;
        let first = rows.first().and_then(|row| row.first());
        Ok(first.and_then(Value::as_text).map(str::to_owned))
    }

    fn set_mark(&self, mark: &str) -> Result<()> {
        self.ask(
            "MERGE (m:VenomMark {home: $home}) SET m.mark = $mark",
            &self.values([("mark", Value::text(mark))]),
            WRITING,
        )
        .map(drop)
    }

    fn clear(&self) -> Result<()> {
        for query in [
            "MATCH (m:VenomMark) WHERE m.home = $home DELETE m",
            "MATCH (n:VenomThing) WHERE n.home = $home DETACH DELETE n",
        ] {
            self.ask(query, &self.values([]), WRITING)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
