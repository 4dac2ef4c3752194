//! The routes, with what each one wants of a token, and their description.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse as _, Response};
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::guard::{self, Post};
use crate::house::House;
use crate::problem::Problem;
use crate::repeat;
use crate::token::Scope;

pub(crate) mod catalogue;
pub(crate) mod events;
pub(crate) mod facts;
pub(crate) mod figures;
pub(crate) mod health;
pub(crate) mod learned;
pub(crate) mod lookup;
pub(crate) mod memory;
pub(crate) mod plans;
pub(crate) mod relay;
pub(crate) mod router;
pub(crate) mod runs;
pub(crate) mod steer;
pub(crate) mod time;
pub(crate) mod tokens;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "VENOM",
        description = "Runs of VENOM: stating goals, watching and steering what comes of them, looking back and going back. Failures are `application/problem+json` with a stable `code`. Every POST takes an `Idempotency-Key`, but for the one that makes a token and those that ask models, whose failures are said as OpenAI says them."
    ),
    components(schemas(Problem))
)]
struct Description;

/// A state of handlers.
pub(crate) type Shared = axum::extract::State<Arc<House>>;

fn described() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::with_openapi(Description::openapi())
}

/// What a token needs the scope for runs for.
fn reading() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new()
        .routes(routes!(runs::list, runs::create))
        .routes(routes!(runs::show))
        .routes(routes!(runs::report))
        .routes(routes!(runs::plan))
        .routes(routes!(runs::verify))
        .routes(routes!(lookup::lookup))
        .routes(routes!(lookup::blob))
        .routes(routes!(events::page))
        .routes(routes!(events::stream))
        .routes(routes!(steer::pause))
        .routes(routes!(steer::resume))
        .routes(routes!(steer::cancel))
        .routes(routes!(steer::answer))
        .routes(routes!(plans::change))
        .routes(routes!(plans::approve))
        .routes(routes!(time::snapshots, time::capture, time::release))
        .routes(routes!(time::release_snapshot))
        .routes(routes!(time::diff))
        .routes(routes!(time::rewind))
        .routes(routes!(time::fork))
        .routes(routes!(time::replay))
        .routes(routes!(time::export))
        .routes(routes!(catalogue::playbooks))
        .routes(routes!(catalogue::playbook))
        .routes(routes!(catalogue::skills))
        .routes(routes!(catalogue::skill))
        .routes(routes!(learned::list))
        .routes(routes!(learned::show))
        .routes(routes!(router::statistics))
        .routes(routes!(router::pareto))
        .routes(routes!(router::choices))
        .routes(routes!(router::rate))
        .routes(routes!(catalogue::config))
        .routes(routes!(catalogue::sandbox))
        .routes(routes!(catalogue::preferences))
        .routes(routes!(figures::budget))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
}

/// What changes nothing although it is a POST.
fn asking() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new()
        .routes(routes!(catalogue::intents))
        .routes(routes!(plans::check))
}

/// What is remembered.
fn remembering() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new()
        .routes(routes!(memory::search))
        .routes(routes!(memory::list, memory::add))
        .routes(routes!(memory::show))
        .routes(routes!(memory::mark))
        .routes(routes!(memory::stats))
        .routes(routes!(facts::list))
        .routes(routes!(facts::show))
        .routes(routes!(facts::review))
        .routes(routes!(facts::entries))
        .routes(routes!(facts::graph))
        .routes(routes!(facts::learn))
        .routes(routes!(facts::unlearn))
        .routes(routes!(facts::consolidate))
}

/// What is asked of the memory and changes nothing although it is a POST.
fn wondering() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new()
        .routes(routes!(facts::query))
        .routes(routes!(facts::prove))
}

/// What decides for the user what is to be believed and what is to be done again.
fn believing() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new()
        .routes(routes!(facts::decide))
        .routes(routes!(learned::judge))
}

/// What is for whoever watches many machines.
fn watching() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new().routes(routes!(figures::metrics))
}

/// What programs ask of models.
fn relaying() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new()
        .routes(routes!(relay::chat))
        .routes(routes!(relay::embeddings))
        .routes(routes!(relay::models))
        .routes(routes!(relay::model))
}

fn deciding() -> OpenApiRouter<Arc<House>> {
    // A state from behind an approval does what was approved again.
    OpenApiRouter::new()
        .routes(routes!(steer::decide))
        .routes(routes!(time::rewind_state))
}

fn administering() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new()
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
}

/// Returns the description of the API.
pub fn description(version: &str) -> utoipa::openapi::OpenApi {
    let (_, mut openapi) = described()
        .merge(reading())
        .merge(asking())
        .merge(remembering())
        .merge(wondering())
        .merge(believing())
        .merge(deciding())
        .merge(watching())
        .merge(relaying())
        .merge(administering())
        .split_for_parts();
    version.clone_into(&mut openapi.info.version);
    openapi.info.license = Some(
        utoipa::openapi::LicenseBuilder::new()
            .name("Apache-2.0")
            .build(),
    );
    let components = openapi.components.get_or_insert_default();
    components.add_security_scheme(
        "token",
        SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
    );
    for item in openapi.paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.delete,
            &mut item.patch,
        ];
        for operation in operations.into_iter().flatten() {
            say_problems(operation);
        }
    }
    openapi.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>(
        "token",
        [],
    )]);
    openapi
}

/// Describes failures as the media type that they are sent as. Those of models are OpenAI's plain JSON.
fn say_problems(operation: &mut utoipa::openapi::path::Operation) {
    let is_dialect = operation
        .tags
        .as_ref()
        .is_some_and(|tags| tags.iter().any(|tag| tag == "models"));
    let failure = operation.responses.responses.get_mut("default");
    if let Some(utoipa::openapi::RefOr::T(failure)) = failure
        && !is_dialect
        && let Some(content) = failure.content.shift_remove("application/json")
    {
        let media = "application/problem+json".to_owned();
        failure.content.insert(media, content);
    }
}

/// Puts all routes together behind their guards.
pub(crate) fn app(house: Arc<House>) -> Router {
    let door = Arc::clone(&house.door);
    // A new token is shown once, so its answer is not kept.
    let shown_once = |router: OpenApiRouter<Arc<House>>| {
        let post = Post {
            door: Arc::clone(&door),
            reads: Scope::Admin,
            writes: Scope::Admin,
        };
        let (router, _) = router.split_for_parts();
        router.layer(from_fn_with_state(post, guard::admit))
    };
    // What is asked of models is stopped when nobody waits for it any more, so no answer is kept either.
    let relayed = |router: OpenApiRouter<Arc<House>>| {
        let post = Post {
            door: Arc::clone(&door),
            reads: Scope::ModelsUse,
            writes: Scope::ModelsUse,
        };
        let (router, _) = router.split_for_parts();
        router
            .layer(from_fn_with_state(post, guard::admit))
            .layer(DefaultBodyLimit::max(relay::LARGEST))
            .layer(map_response(relay::in_dialect))
    };
    let behind = |router: OpenApiRouter<Arc<House>>, reads: Scope, writes: Scope| {
        let post = Post {
            door: Arc::clone(&door),
            reads,
            writes,
        };
        let (router, _) = router.split_for_parts();
        router
            .layer(from_fn_with_state(Arc::clone(&door), repeat::once))
            .layer(from_fn_with_state(post, guard::admit))
    };
    let text = description(&house.services.version)
        .to_json()
        .unwrap_or_else(|_| "{}".to_owned());
    let spec = OpenApiRouter::new().route(
        "/openapi.json",
        axum::routing::get(move || {
            let text = text.clone();
            async move {
                (
                    [(axum::http::header::CONTENT_TYPE, "application/json")],
                    text,
                )
            }
        }),
    );
    Router::new()
        .merge(behind(reading(), Scope::RunsRead, Scope::RunsWrite))
        .merge(behind(asking(), Scope::RunsRead, Scope::RunsRead))
        .merge(behind(remembering(), Scope::MemoryRead, Scope::MemoryWrite))
        .merge(behind(wondering(), Scope::MemoryRead, Scope::MemoryRead))
        .merge(behind(
            believing(),
            Scope::MemoryRead,
            Scope::ApprovalsDecide,
        ))
        .merge(behind(deciding(), Scope::RunsRead, Scope::ApprovalsDecide))
        .merge(behind(watching(), Scope::Metrics, Scope::Metrics))
        .merge(relayed(relaying()))
        .merge(shown_once(administering()))
        .merge(behind(spec, Scope::RunsRead, Scope::RunsRead))
        .fallback(nowhere)
        .method_not_allowed_fallback(not_so)
        .layer(map_response(plain_problems))
        .layer(DefaultBodyLimit::max(repeat::LARGEST))
        .layer(from_fn_with_state(door, guard::receive))
        .with_state(house)
}

async fn nowhere(house: Shared, request: Request) -> Response {
    if let Err(problem) = guard::vouched(&house.door, &request) {
        return problem.into_response();
    }
    Problem::new(
        StatusCode::NOT_FOUND,
        "no-such-route",
        "there is nothing at this path",
    )
    .hint("see /openapi.json")
    .into_response()
}

async fn not_so(house: Shared, request: Request) -> Response {
    if let Err(problem) = guard::vouched(&house.door, &request) {
        return problem.into_response();
    }
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "no-such-method",
        "this path does not take this method",
    )
    .into_response()
}

/// Puts into the one form what a library refused with plain text.
async fn plain_problems(response: Response) -> Response {
    let status = response.status();
    let is_json = response
        .headers()
        .get(axum::http::header::CONTENT_TYPE)
        .and_then(|media| media.to_str().ok())
        .is_some_and(|media| media.contains("json"));
    if !(status.is_client_error() || status.is_server_error()) || is_json {
        return response;
    }
    Problem::new(
        status,
        "refused-early",
        "the request was refused before it was read",
    )
    .into_response()
}
