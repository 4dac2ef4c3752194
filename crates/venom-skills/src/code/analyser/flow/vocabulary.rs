//! What the names of the languages' libraries mean for where a value comes from.

use super::super::finding::Kind;
use super::grammar::Tongue;

/// Parts of a request that whoever sends it chooses.
pub(super) fn is_request_part(tongue: Tongue, name: &str) -> bool {
    match tongue {
        Tongue::JavaScript => matches!(
            name,
            "query"
                | "params"
                | "body"
                | "headers"
                | "cookies"
                | "url"
                | "originalUrl"
                | "files"
                | "file"
                | "path"
                | "search"
                | "queryStringParameters"
                | "pathParameters"
                | "rawBody"
                | "data"
                | "hash"
                | "href"
                | "referrer"
                | "searchParams"
                | "header"
                | "get"
                | "param"
                | "querystring"
        ),
        Tongue::Go => {
            matches!(
                name,
                "FormValue"
                    | "PostFormValue"
                    | "Form"
                    | "PostForm"
                    | "Query"
                    | "Path"
                    | "RawQuery"
                    | "Header"
                    | "Cookie"
                    | "Cookies"
                    | "Body"
                    | "PathValue"
                    | "RequestURI"
                    | "FormFile"
                    | "Param"
                    | "QueryParam"
                    | "DefaultQuery"
                    | "GetHeader"
                    | "GetPostForm"
                    | "Params"
                    | "GetQuery"
                    | "QueryArray"
                    | "Referer"
                    | "UserAgent"
                    | "MultipartForm"
            ) || name == "DefaultPostForm"
        }
        Tongue::Rust => false,
    }
}

/// Names that a request goes by in code without types.
pub(super) fn is_request_name(name: &str) -> bool {
    matches!(
        name,
        "req" | "request" | "ctx" | "context" | "event" | "_req"
    )
}

/// Types of parameters that are a request.
pub(super) fn is_request_type(tongue: Tongue, typed: &str) -> bool {
    let words: &[&str] = match tongue {
        Tongue::JavaScript => &[
            "Request",
            "IncomingMessage",
            "any",
            "Context",
            "MessageEvent",
        ],
        Tongue::Go => &["http.Request", "gin.Context", "echo.Context", "fiber.Ctx"],
        Tongue::Rust => &[
            "Query<",
            "Path<",
            "Form<",
            "Json<",
            "HttpRequest",
            "HeaderMap",
            "Multipart",
            "Uri",
            "Bytes",
            "RawQuery",
        ],
    };
    words.iter().any(|word| typed.contains(word))
        && !(tongue == Tongue::Rust
            && [
                "Path<u",
                "Path<i",
                "Path<Uuid",
                "Path<(u",
                "Path<(i",
                "Path<bool",
            ]
            .iter()
            .any(|word| typed.contains(word)))
}

/// Global values of a page that a link can set.
pub(super) fn is_page_source(dotted: &str) -> bool {
    let dotted = dotted.strip_prefix("window.").unwrap_or(dotted);
    let dotted = dotted
        .strip_prefix("document.location")
        .map_or_else(|| dotted.to_owned(), |rest| format!("location{rest}"));
    matches!(
        dotted.as_str(),
        "location.hash"
            | "location.search"
            | "location.href"
            | "document.URL"
            | "document.documentURI"
            | "document.referrer"
            | "name"
    ) && dotted != "name"
}

/// Parts and methods of any value that cannot carry text.
pub(super) fn is_measure(name: &str) -> bool {
    matches!(
        name,
        "length"
            | "size"
            | "len"
            | "is_empty"
            | "count"
            | "indexOf"
            | "byteLength"
            | "is_some"
            | "is_ok"
            | "is_none"
            | "getTime"
            | "as_u64"
            | "Len"
            | "Unix"
            | "UnixNano"
    )
}

/// Functions whose result is a number, a truth value, or text of their own making.
pub(super) fn is_number_maker(name: &str) -> bool {
    let last = name.rsplit(['.', ':']).next().unwrap_or(name);
    matches!(
        last,
        "parseInt"
            | "parseFloat"
            | "Number"
            | "BigInt"
            | "Boolean"
            | "Atoi"
            | "ParseInt"
            | "ParseUint"
            | "ParseBool"
            | "ParseFloat"
            | "Itoa"
            | "FormatInt"
            | "randomUUID"
            | "randomBytes"
            | "new_v4"
            | "NewString"
            | "uuid"
            | "uuidv4"
            | "nanoid"
            | "from_u32"
            | "FormatFloat"
            | "FormatUint"
            | "toFixed"
    ) || matches!(last, "int" | "int64" | "uint" | "float64" | "len")
}

/// Functions that hand on what they are given.
pub(super) fn is_carrier(tongue: Tongue, name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    match tongue {
        Tongue::JavaScript => {
            matches!(
                last,
                "String"
                    | "decodeURIComponent"
                    | "decodeURI"
                    | "unescape"
                    | "concat"
                    | "resolve"
                    | "normalize"
                    | "from"
                    | "URLSearchParams"
                    | "URL"
                    | "parse"
                    | "format"
                    | "stringify"
                    | "atob"
                    | "fileURLToPath"
                    | "join"
                    | "toString"
                    | "map"
                    | "assign"
                    | "TextDecoder"
                    | "isAbsolute"
                    | "relative"
                    | "trim"
            )
        }
        Tongue::Go => matches!(
            last,
            "Sprint"
                | "Sprintln"
                | "Sprintf"
                | "TrimSpace"
                | "Trim"
                | "ToLower"
                | "ToUpper"
                | "Join"
                | "Clean"
                | "Abs"
                | "FromSlash"
                | "string"
                | "TrimPrefix"
                | "TrimSuffix"
                | "append"
                | "Replace"
                | "ReplaceAll"
                | "Vars"
                | "URLParam"
                | "QueryUnescape"
                | "PathUnescape"
                | "HTML"
                | "NewReader"
                | "Repeat"
                | "Parse"
                | "Errorf"
                | "Dir"
        ),
        Tongue::Rust => matches!(
            last,
            "from"
                | "new"
                | "join"
                | "into"
                | "to_string"
                | "to_owned"
                | "as_str"
                | "clone"
                | "canonicalize"
                | "Some"
                | "Ok"
                | "as_ref"
                | "concat"
                | "replace"
                | "from_utf8_lossy"
                | "decode"
                | "with_extension"
                | "push"
        ),
    }
}

/// Methods that hand on what they are called on.
pub(super) fn is_keeper(name: &str) -> bool {
    matches!(
        name,
        "to_string"
            | "to_owned"
            | "as_str"
            | "into"
            | "as_ref"
            | "clone"
            | "unwrap"
            | "trim"
            | "unwrap_or_default"
            | "unwrap_or"
            | "unwrap_or_else"
            | "expect"
            | "as_bytes"
            | "to_vec"
            | "into_inner"
            | "borrow"
            | "as_deref"
            | "ok"
            | "to_lowercase"
            | "to_uppercase"
            | "toString"
            | "toLowerCase"
            | "toUpperCase"
            | "slice"
            | "substring"
            | "substr"
            | "replace"
            | "replaceAll"
            | "concat"
            | "join"
            | "split"
            | "String"
            | "into_owned"
            | "as_path"
            | "display"
            | "to_str"
            | "to_string_lossy"
            | "await"
            | "get"
            | "into_boxed_str"
            | "as_mut"
            | "cloned"
            | "copied"
            | "padStart"
            | "normalize"
            | "at"
            | "pop"
            | "shift"
            | "reverse"
            | "filter"
            | "flat"
            | "and_then"
            | "ok_or"
            | "nth"
            | "next"
            | "first"
            | "last"
    )
}

/// Functions after which a value is harmless for one kind of weakness, or for all.
pub(super) fn is_cure(kind: Kind, name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let lower = last.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    match kind {
        Kind::Xss => {
            has(&[
                "escape",
                "sanitize",
                "sanitise",
                "encode_text",
                "encodehtml",
                "encodeuri",
                "purify",
            ]) && !lower.contains("unescape")
                || matches!(name, "ammonia.clean" | "DOMPurify.sanitize")
                || has(&["encode_safe", "htmlentities"])
        }
        Kind::SqlInjection => has(&[
            "escape",
            "quoteident",
            "quote_ident",
            "quoteliteral",
            "sanitize",
            "quoteidentifier",
        ]),
        Kind::CommandInjection => has(&[
            "shellquote",
            "shell_quote",
            "shellescape",
            "shell_escape",
            "escapeshell",
            "quote",
        ]),
        Kind::PathTraversal => {
            has(&[
                "basename",
                "sanitize",
                "enclosed_name",
                "file_name",
                "filename_safe",
                "hash",
            ]) || matches!(
                name,
                "path/filepath.Base" | "path.Base" | "path/filepath.Rel"
            )
        }
        Kind::OpenRedirect => has(&[
            "encodeuricomponent",
            "pathescape",
            "queryescape",
            "sanitize",
            "basename",
        ]),
        _ => false,
    }
}

/// Functions that say whether a value is one of those that are meant.
pub(super) fn is_membership(name: &str) -> bool {
    matches!(
        name,
        "includes"
            | "has"
            | "test"
            | "contains"
            | "is_match"
            | "MatchString"
            | "contains_key"
            | "indexOf"
            | "hasOwnProperty"
            | "Contains"
            | "hasOwn"
            | "IsLocal"
            | "all"
            | "is_ascii"
            | "match"
            | "isUUID"
            | "isInt"
            | "isAlphanumeric"
            | "some"
            | "len"
    )
}

/// Functions that say how a value begins: enough for paths and addresses.
pub(super) fn is_prefix_check(name: &str) -> bool {
    matches!(
        name,
        "startsWith" | "starts_with" | "HasPrefix" | "isSubpath" | "strip_prefix"
    )
}
