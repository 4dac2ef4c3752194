//! Where values come from: who calls a function with its parameters, and which expressions are
//! what a request has brought.

use super::Trust;
use super::known::REQUEST_PARTS;
use crate::code::analyser::{
    finding::Kind,
    module::Module,
    scope::{How, parameter_name},
    syntax::Id,
};

impl Module<'_> {
    /// Says how far a parameter can be trusted, from who calls the function.
    pub(super) fn trust_of_parameter(&self, parameter: Id, purpose: Kind) -> Trust {
        let Some(function) = self.tree.function(parameter) else {
            return Trust::Unknown;
        };
        let name = parameter_name(&self.tree, parameter).map_or("", |name| self.tree.text(name));
        if matches!(name, "self" | "cls") {
            return Trust::Unknown;
        }
        let annotation = self
            .tree
            .field(parameter, "type")
            .map_or("", |annotation| self.tree.text(annotation));
        let harmless = matches!(
            annotation.rsplit('.').next().unwrap_or_default(),
            "int" | "float" | "bool" | "UUID" | "Decimal" | "date" | "datetime"
        ) || annotation.starts_with("Literal[")
            || annotation.starts_with("typing.Literal[");
        let handler = self.handler(function);
        // Annotations bind nobody, except where a framework converts by them.
        if harmless && (purpose != Kind::SqlInjection || handler == Some(Trust::Request)) {
            return Trust::Clean;
        }
        if let Some(trust) = handler {
            if self.is_converted(function, name) {
                return Trust::Clean;
            }
            let default = self.tree.field(parameter, "value");
            if default.is_some_and(|value| self.tree.text(value).contains("Depends(")) {
                return Trust::Unknown;
            }
            return trust;
        }
        if self.tree.kind(function) == "lambda" {
            return Trust::Unknown;
        }
        Trust::Parameter
    }

    /// Says whether a function is called by a framework with what came in from outside.
    pub(in crate::code::analyser) fn handler(&self, function: Id) -> Option<Trust> {
        if self.tree.kind(function) != "function_definition" {
            return None;
        }
        if let Some(decorated) = self
            .tree
            .parent(function)
            .filter(|above| self.tree.kind(*above) == "decorated_definition")
        {
            for decorator in self.tree.named(decorated) {
                if self.tree.kind(decorator) != "decorator" {
                    continue;
                }
                let Some(inner) = self.tree.named(decorator).next() else {
                    continue;
                };
                let Some(call) = self.tree.call(inner) else {
                    continue;
                };
                let method = self.method(&call);
                let routed = matches!(method, "route" | "websocket" | "api_route")
                    || (matches!(method, "get" | "post" | "put" | "delete" | "patch" | "head")
                        && self.tree.kind(call.function) == "attribute");
                if routed {
                    return Some(Trust::Request);
                }
                if matches!(
                    method,
                    "errorhandler" | "app_errorhandler" | "error" | "exception_handler"
                ) {
                    return Some(Trust::Unknown);
                }
                if matches!(method, "command" | "argument" | "option")
                    && self
                        .qualified(call.function)
                        .iter()
                        .any(|name| name.starts_with("click.") || name.starts_with("typer."))
                {
                    return Some(Trust::Operator);
                }
            }
        }
        let class = self.tree.class(function)?;
        let bases = self
            .tree
            .field(class, "superclasses")
            .map_or("", |bases| self.tree.text(bases));
        let name = self
            .tree
            .field(function, "name")
            .map_or("", |name| self.tree.text(name));
        let served = [
            "View",
            "RequestHandler",
            "Resource",
            "HTTPEndpoint",
            "APIView",
        ]
        .iter()
        .any(|base| bases.contains(base));
        (served
            && matches!(
                name,
                "get" | "post" | "put" | "delete" | "patch" | "head" | "dispatch"
            ))
        .then_some(Trust::Request)
    }

    /// Whether the route of a handler converts the parameter to a number.
    fn is_converted(&self, function: Id, name: &str) -> bool {
        let Some(decorated) = self.tree.parent(function) else {
            return false;
        };
        self.tree
            .named(decorated)
            .filter(|one| self.tree.kind(*one) == "decorator")
            .any(|one| {
                let text = self.tree.text(one);
                ["int", "float", "uuid"]
                    .iter()
                    .any(|kind| text.contains(&format!("<{kind}:{name}>")))
                    || text.contains(&format!("{{{name}:int}}"))
            })
    }

    /// Whether an expression is the request that a handler was called with.
    pub(super) fn is_request_object(&self, id: Id) -> bool {
        let text = self.tree.text(id);
        if text == "self.request" {
            return true;
        }
        if self.tree.kind(id) != "identifier" || !matches!(text, "request" | "req") {
            return false;
        }
        let bindings = self.bindings(text, id);
        bindings.is_empty()
            || bindings
                .iter()
                .any(|one| matches!(one.how, How::Parameter(_) | How::Import))
    }
}

/// Whether a dotted name is a part of the request object of a framework.
pub(super) fn is_request(path: &str) -> bool {
    [
        "flask.request",
        "quart.request",
        "bottle.request",
        "flask.globals.request",
        "sanic.request",
        "web.input()",
        "fastapi.Request()",
        "starlette.requests.Request()",
        "aiohttp.web.Request()",
        "django.http.HttpRequest()",
        "cgi.FieldStorage()",
        "cherrypy.request",
        "flask.Request()",
        "web.input",
        "fastapi.requests.Request()",
        "werkzeug.Request()",
        "werkzeug.wrappers.Request()",
        "django.http.request.HttpRequest()",
    ]
    .iter()
    .any(|known| {
        path.strip_prefix(known)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '(']))
    })
}

/// Whether somebody outside chooses the part of the request that a dotted name is.
pub(super) fn is_chosen_part(path: &str) -> bool {
    if path.starts_with("web.input") || path.starts_with("cgi.FieldStorage") {
        return true;
    }
    path.split(['.', '(', '['])
        .any(|part| REQUEST_PARTS.contains(&part))
}
