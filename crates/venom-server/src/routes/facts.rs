//! Facts: what is believed and why, teaching it, deciding about it and taking it out again.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use venom_kernel::memory::extract::{self, LONGEST_TEXT};
use venom_kernel::memory::fact::{FactId, Origin, Relation, Row, Target};
use venom_kernel::time::Timestamp;
use venom_ports::api::facts::Taught;

use super::Shared;
use super::memory::{bounded, json as written, moment, trust};
use super::runs::limit;
use crate::extract::{Body, Named, Params};
use crate::guard::Caller;
use crate::house::House;
use crate::problem::{Answer, Problem};

/// Facts on a page, unless something else is asked for.
const PAGE: usize = 100;
/// Most facts on a page.
const LARGEST_PAGE: usize = 1_000;
/// Most characters of a name, a source or a project.
const LONGEST_NAME: usize = 400;
/// Most characters of a question to the rules.
const LONGEST_QUESTION: usize = 20_000;
/// Answers to a question, unless fewer are asked for.
const MOST_ANSWERS: usize = 1_000;

type Who = axum::Extension<Caller>;

/// Which facts are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Only what is about this thing.
    #[param(max_length = 400)]
    about: Option<String>,
    /// Only this relation, such as `uses` or `owned_by`.
    relation: Option<String>,
    /// What was known at a moment, in microseconds since 1970.
    #[param(minimum = -60_000_000_000_000_000_i64, maximum = 250_000_000_000_000_000_i64)]
    at: Option<i64>,
    /// Whether also what is not believed any more.
    #[serde(default)]
    history: bool,
    /// Where the last page ended.
    cursor: Option<usize>,
    /// How many at most.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// A page of facts, ordered by what they are about.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FactPage {
    #[schema(value_type = Vec<Object>)]
    facts: Vec<Value>,
    /// The moment at which this was known, in microseconds since 1970.
    at: i64,
    /// How many contradict each other.
    contradictions: usize,
    /// How many wait for somebody's word.
    waiting: usize,
    /// What to give as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<usize>,
}

/// Writes a fact, and whether it is believed at a moment.
fn row(row: &Row, now: Timestamp) -> Answer<Value> {
    let mut value = written(row)?.0;
    if let Some(fields) = value.as_object_mut() {
        fields.insert("is_current".to_owned(), row.is_current(now).into());
    }
    Ok(value)
}

fn relation(name: &str) -> Answer<Relation> {
    Relation::named(name).ok_or_else(|| {
        let names: Vec<&str> = Relation::ALL.iter().map(|known| known.name()).collect();
        Problem::bad("no-such-relation", "there is no such relation")
            .hint(format!("relations are {}", names.join(", ")))
    })
}

/// List what is believed
#[utoipa::path(get, path = "/v1/memory/facts", tag = "memory", params(Which), responses((status = 200, body = FactPage), (status = "default", body = Problem)))]
pub(crate) async fn list(
    State(house): Shared,
    Params(which): Params<Which>,
) -> Answer<Json<FactPage>> {
    let limit = limit(which.limit, PAGE, LARGEST_PAGE)?;
    let relation = which.relation.as_deref().map(relation).transpose()?;
    bounded(
        "about",
        which.about.as_deref().unwrap_or_default(),
        LONGEST_NAME,
    )?;
    let at = moment("at", which.at)?;
    let found = house.services.beliefs.known(at).await?;
    let (known, now) = (found.knowledge, found.at);
    let about = which.about.as_deref().map(extract::name);
    let about = about.as_deref().map(|name| known.resolved(name));
    let mut rows: Vec<&Row> = known
        .rows
        .iter()
        .filter(|row| which.history || row.is_current(now))
        .filter(|row| about.is_none_or(|name| row.subject == name || row.object == name))
        .filter(|row| relation.is_none_or(|relation| row.relation == relation))
        .collect();
    rows.sort_by(|one, other| {
        let order = |row: &&Row| (row.subject.clone(), row.relation, row.object.clone());
        (order(one), one.recorded).cmp(&(order(other), other.recorded))
    });
    let from = which.cursor.unwrap_or(0);
    let facts = rows
        .iter()
        .skip(from)
        .take(limit)
        .map(|fact| row(fact, now))
        .collect::<Answer<Vec<_>>>()?;
    let end = from.saturating_add(facts.len());
    Ok(Json(FactPage {
        facts,
        at: now.micros(),
        contradictions: known.contradictions.len(),
        waiting: known.proposals.len(),
        next: (end < rows.len()).then_some(end),
    }))
}

/// Show a fact: when it held, who said it, and what it is against
#[utoipa::path(get, path = "/v1/memory/facts/{fact}", tag = "memory", params(("fact" = String, Path)), responses((status = 200, body = Object), (status = "default", body = Problem)))]
pub(crate) async fn show(State(house): Shared, Named(fact): Named<FactId>) -> Answer<Json<Value>> {
    let found = house.services.beliefs.known(None).await?;
    let known = found.knowledge;
    let rows = known
        .rows
        .iter()
        .filter(|row| row.is_named(fact))
        .map(|fact| row(fact, found.at))
        .collect::<Answer<Vec<_>>>()?;
    let proposals: Vec<_> = known
        .proposals
        .iter()
        .filter(|known| known.id == fact)
        .collect();
    if rows.is_empty() && proposals.is_empty() {
        return Err(Problem::new(
            StatusCode::NOT_FOUND,
            "no-such-fact",
            "there is no such fact",
        ));
    }
    let contradictions: Vec<_> = known
        .contradictions
        .iter()
        .filter(|known| known.older == fact || known.newer == fact)
        .collect();
    Ok(Json(json!({
        "id": fact,
        "rows": rows,
        "proposals": proposals,
        "contradictions": contradictions,
    })))
}

/// When.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct When {
    /// What was known at a moment, in microseconds since 1970.
    #[param(minimum = -60_000_000_000_000_000_i64, maximum = 250_000_000_000_000_000_i64)]
    at: Option<i64>,
}

/// What waits for somebody's word.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Review {
    /// What nobody vouches for.
    #[schema(value_type = Vec<Object>)]
    proposals: Vec<Value>,
    /// What contradicts each other.
    #[schema(value_type = Vec<Object>)]
    contradictions: Vec<Value>,
    /// Other names of things.
    aliases: BTreeMap<String, String>,
}

/// List what waits for somebody's word: what nobody vouches for, and contradictions
#[utoipa::path(get, path = "/v1/memory/review", tag = "memory", params(When), responses((status = 200, body = Review), (status = "default", body = Problem)))]
pub(crate) async fn review(
    State(house): Shared,
    Params(when): Params<When>,
) -> Answer<Json<Review>> {
    let at = moment("at", when.at)?;
    let known = house.services.beliefs.known(at).await?.knowledge;
    let all = |values: Vec<Answer<Json<Value>>>| {
        values
            .into_iter()
            .map(|value| value.map(|Json(value)| value))
            .collect::<Answer<Vec<_>>>()
    };
    Ok(Json(Review {
        proposals: all(known.proposals.iter().map(written).collect())?,
        contradictions: all(known.contradictions.iter().map(written).collect())?,
        aliases: known.aliases,
    }))
}

/// What somebody decides about a fact.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Verdict {
    /// Whether it is true. What is not is not proposed again.
    is_true: bool,
}

/// What was written into the memory's log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Entered {
    /// The number of the entry.
    entry: u64,
}

/// Take a fact for true, or for false
#[utoipa::path(post, path = "/v1/memory/facts/{fact}/verdict", tag = "memory", params(("fact" = String, Path)), request_body = Verdict, responses((status = 200, body = Entered), (status = "default", body = Problem)))]
pub(crate) async fn decide(
    State(house): Shared,
    Named(fact): Named<FactId>,
    who: Who,
    Body(verdict): Body<Verdict>,
) -> Answer<Json<Entered>> {
    let beliefs = &house.services.beliefs;
    let entry = beliefs.decide(fact, verdict.is_true, &who.0.name()).await?;
    Ok(Json(Entered { entry }))
}

/// Which part of the graph is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Near {
    /// Only what is near this thing.
    #[param(max_length = 400)]
    entity: Option<String>,
    /// How many steps away from it.
    #[param(minimum = 1, maximum = 20)]
    depth: Option<usize>,
}

/// Things and what is between them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Graph {
    nodes: BTreeSet<String>,
    #[schema(value_type = Vec<Object>)]
    edges: Vec<Value>,
}

/// Show things and what is between them
#[utoipa::path(get, path = "/v1/memory/graph", tag = "memory", params(Near), responses((status = 200, body = Graph), (status = "default", body = Problem)))]
pub(crate) async fn graph(State(house): Shared, Params(near): Params<Near>) -> Answer<Json<Graph>> {
    let depth = limit(near.depth, 2, 20)?;
    bounded(
        "entity",
        near.entity.as_deref().unwrap_or_default(),
        LONGEST_NAME,
    )?;
    let found = house.services.beliefs.known(None).await?;
    let known = &found.knowledge;
    let mut edges: Vec<&Row> = known
        .current(found.at)
        .filter(|row| !row.relation.takes_text())
        .collect();
    if let Some(entity) = &near.entity {
        let name = extract::name(entity);
        let mut reached: BTreeSet<&str> = [known.resolved(&name)].into();
        for _ in 0..depth {
            let more: Vec<&str> = edges
                .iter()
                .filter(|row| {
                    reached.contains(row.subject.as_str()) || reached.contains(row.object.as_str())
                })
                .flat_map(|row| [row.subject.as_str(), row.object.as_str()])
                .collect();
            reached.extend(more);
        }
        edges.retain(|row| {
            reached.contains(row.subject.as_str()) && reached.contains(row.object.as_str())
        });
    }
    Ok(Json(Graph {
        nodes: edges
            .iter()
            .flat_map(|row| [row.subject.clone(), row.object.clone()])
            .collect(),
        edges: edges
            .iter()
            .map(|row| {
                json!({
                    "from": row.subject, "relation": row.relation, "to": row.object,
                    "fact": row.id, "confidence": row.confidence,
                })
            })
            .collect(),
    }))
}

/// A question to the rules.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleQuestion {
    /// A body such as `needs("checkout", X)`, with rules of its own before it if it needs some.
    #[schema(min_length = 1, max_length = 20000)]
    question: String,
    /// What was known at a moment, in microseconds since 1970.
    #[schema(minimum = -60_000_000_000_000_000_i64, maximum = 250_000_000_000_000_000_i64)]
    at: Option<i64>,
    /// How many answers at most.
    #[schema(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// Ask what is known by rules, in Datalog
#[utoipa::path(post, path = "/v1/memory/queries", tag = "memory", request_body = RuleQuestion, responses((status = 200, body = Object), (status = "default", body = Problem)))]
pub(crate) async fn query(
    State(house): Shared,
    Body(asked): Body<RuleQuestion>,
) -> Answer<Json<Value>> {
    let limit = limit(asked.limit, MOST_ANSWERS, MOST_ANSWERS)?;
    bounded("question", &asked.question, LONGEST_QUESTION)?;
    let at = moment("at", asked.at)?;
    let mut answers = house.services.beliefs.query(&asked.question, at).await?;
    answers.rows.truncate(limit);
    written(&answers)
}

/// A fact to be proved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToProve {
    /// A fact such as `needs("checkout", "postgres")`.
    #[schema(min_length = 1, max_length = 20000)]
    fact: String,
    /// What was known at a moment, in microseconds since 1970.
    #[schema(minimum = -60_000_000_000_000_000_i64, maximum = 250_000_000_000_000_000_i64)]
    at: Option<i64>,
}

/// Show why something holds: the rules it follows by, and the events that said it
#[utoipa::path(post, path = "/v1/memory/proofs", tag = "memory", request_body = ToProve, responses((status = 200, body = Object), (status = "default", body = Problem)))]
pub(crate) async fn prove(
    State(house): Shared,
    Body(wanted): Body<ToProve>,
) -> Answer<Json<Value>> {
    bounded("fact", &wanted.fact, LONGEST_QUESTION)?;
    let at = moment("at", wanted.at)?;
    match house.services.beliefs.prove(&wanted.fact, at).await? {
        Some(proof) => written(&proof),
        None => Err(
            Problem::new(StatusCode::NOT_FOUND, "does-not-hold", "this does not hold")
                .hint("ask with a variable what does; names are texts in quotation marks"),
        ),
    }
}

/// Which entries are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Behind {
    /// The entry behind which to begin.
    // Not what the description's `int64` holds: numbers use all 64 bits.
    #[param(value_type = Option<usize>)]
    after: Option<u64>,
    /// How many at most.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// A page of the memory's log, the oldest entry first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryPage {
    /// Each with its number and its time.
    #[schema(value_type = Vec<Object>)]
    entries: Vec<Value>,
    /// What to give as `after` for the next page; absent when there are no more for now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<usize>)]
    next: Option<u64>,
}

/// List what was written into the memory's log about facts
#[utoipa::path(get, path = "/v1/memory/entries", tag = "memory", params(Behind), responses((status = 200, body = EntryPage), (status = "default", body = Problem)))]
pub(crate) async fn entries(
    State(house): Shared,
    Params(behind): Params<Behind>,
) -> Answer<Json<EntryPage>> {
    let limit = limit(behind.limit, PAGE, LARGEST_PAGE)?;
    let after = behind.after.unwrap_or(0);
    let entries = house.services.beliefs.entries(after, limit).await?;
    let is_full = entries.len() == limit;
    Ok(Json(EntryPage {
        next: entries.last().filter(|_| is_full).map(|last| last.number),
        entries: entries
            .iter()
            .map(|entry| written(entry).map(|Json(value)| value))
            .collect::<Answer<_>>()?,
    }))
}

/// Text to be learned from.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLesson {
    /// The text.
    text: String,
    /// Where it is from, such as a file or an address.
    #[schema(max_length = 400)]
    source: Option<String>,
    /// What `we` stands for in it.
    #[schema(max_length = 400)]
    project: Option<String>,
    /// Whether somebody vouches for it; it needs the scope `approvals:decide` too. What nobody vouches for waits for
    /// somebody's word.
    #[serde(default)]
    vouched: bool,
}

/// Read what a text says, and remember it
#[utoipa::path(post, path = "/v1/memory/lessons", tag = "memory", request_body = NewLesson, responses((status = 200, body = Object), (status = "default", body = Problem)))]
pub(crate) async fn learn(
    State(house): Shared,
    who: Who,
    Body(new): Body<NewLesson>,
) -> Answer<Json<Value>> {
    bounded("text", &new.text, LONGEST_TEXT)?;
    for (name, text) in [("source", &new.source), ("project", &new.project)] {
        bounded(name, text.as_deref().unwrap_or_default(), LONGEST_NAME)?;
    }
    let taught = Taught {
        text: new.text,
        source: new.source,
        trust: trust(new.vouched, &who.0)?,
        project: new.project.unwrap_or_else(|| "we".to_owned()),
    };
    written(&house.services.beliefs.learn(taught, &who.0.name()).await?)
}

/// What is to be taken out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToUnlearn {
    /// An event (`RUN@SEQ` or `mem@NUMBER`), a run, or a source such as a file or an address.
    #[schema(min_length = 1, max_length = 400)]
    what: String,
    /// Whether to say only what would go.
    #[serde(default)]
    dry_run: bool,
}

/// Take out what an event, a run or a source said, and all that followed from it
#[utoipa::path(post, path = "/v1/memory/unlearnings", tag = "memory", request_body = ToUnlearn, responses((status = 200, body = Object), (status = "default", body = Problem)))]
pub(crate) async fn unlearn(
    State(house): Shared,
    who: Who,
    Body(wanted): Body<ToUnlearn>,
) -> Answer<Json<Value>> {
    bounded("what", &wanted.what, LONGEST_NAME)?;
    let what = target(&house, &wanted.what).await?;
    let beliefs = &house.services.beliefs;
    let gone = beliefs
        .unlearn(&what, wanted.dry_run, &who.0.name())
        .await?;
    written(&gone)
}

/// Finds out what is meant: a source by its name first, as it may look like anything.
async fn target(house: &House, text: &str) -> Answer<Target> {
    let known = house.services.beliefs.known(None).await?.knowledge;
    let proposed = known.proposals.iter().flat_map(|known| &known.support);
    let mut said = known
        .rows
        .iter()
        .flat_map(|row| &row.support)
        .chain(proposed);
    if said.any(|support| support.source.as_deref() == Some(text)) {
        return Ok(Target::Source(text.to_owned()));
    }
    if let Ok(origin) = text.parse::<Origin>() {
        return Ok(Target::Origin(origin));
    }
    match house.services.runs.find(text).await {
        Ok(run) => Ok(Target::Run(run)),
        Err(_) => Err(Problem::new(
            StatusCode::NOT_FOUND,
            "no-such-source",
            "nothing was learned from this",
        )
        .hint("a fact names the events and sources that it comes from")),
    }
}

/// Go through what is known: keep what matters, let go of what does not
#[utoipa::path(post, path = "/v1/memory/consolidations", tag = "memory", responses((status = 200, body = Object), (status = "default", body = Problem)))]
pub(crate) async fn consolidate(State(house): Shared, who: Who) -> Answer<Json<Value>> {
    written(&house.services.beliefs.consolidate(&who.0.name()).await?)
}
