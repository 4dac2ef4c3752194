//! Heads of HTTP/1 messages, read so strictly that nobody can read them another way.
//!
//! A proxy and the server behind it that find different ends of one message can be played off
//! against each other. So nothing is repaired here: a bare line feed, a folded line, a space
//! before a colon, two lengths, a length beside chunks, all end the exchange. What goes out is
//! written anew from what was understood, never passed on.

use thiserror::Error;

/// The most header fields of one message. Browsers and servers stay far below; 100 is the usual
/// limit of servers.
const FIELDS: usize = 128;

/// The longest method. The longest registered one has 17 letters.
const METHOD: usize = 24;

/// Why a message is not one that two programs would read alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Malformed {
    /// The first line is not three words, or holds a character it cannot.
    #[error("first line")]
    FirstLine,
    /// The version is not HTTP/1.0 or HTTP/1.1.
    #[error("version")]
    Version,
    /// A line ends in a bare line feed or carriage return, or holds a zero byte.
    #[error("line end")]
    LineEnd,
    /// A line is folded, or has no colon, or a space before it.
    #[error("header field")]
    Field,
    /// A header's name or value holds a character it cannot.
    #[error("character in a header field")]
    Character,
    /// There are too many header fields.
    #[error("too many header fields")]
    TooMany,
    /// A field that can be there once is there twice.
    #[error("field given twice: {0}")]
    Twice(&'static str),
    /// The host header is missing.
    #[error("no host header")]
    NoHost,
    /// There are a length and a transfer coding.
    #[error("a length beside a transfer coding")]
    TwoLengths,
    /// The length is not a number.
    #[error("content length")]
    Length,
    /// The transfer coding is not `chunked` alone.
    #[error("transfer coding")]
    Coding,
    /// The connection header takes away a field that every hop needs.
    #[error("connection header")]
    Connection,
    /// A chunk's size or end is wrong.
    #[error("chunk")]
    Chunk,
    /// The answer changes the protocol although nobody asked.
    #[error("protocol change nobody asked for")]
    Upgrade,
    /// There are too many preliminary answers.
    #[error("too many preliminary answers")]
    Preliminary,
}

/// The version of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    /// HTTP/1.0
    Old,
    /// HTTP/1.1
    New,
}

/// The head of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestHead {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) version: Version,
    pub(crate) fields: Fields,
}

/// The head of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AnswerHead {
    pub(crate) version: Version,
    pub(crate) status: u16,
    pub(crate) fields: Fields,
}

/// Where the body of a message ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// There is none.
    None,
    /// After this many bytes.
    Length(u64),
    /// Where the chunks say.
    Chunked,
    /// Where the connection ends.
    Close,
}

/// Header fields in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Fields(Vec<Field>);

/// One header field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) value: Vec<u8>,
}

impl Fields {
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Field> {
        self.0.iter_mut()
    }

    pub(crate) fn get<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.0
            .iter()
            .filter(move |field| field.name.eq_ignore_ascii_case(name))
            .map(|field| field.value.as_slice())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).next().is_some()
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0
            .retain(|field| !field.name.eq_ignore_ascii_case(name));
    }

    pub(crate) fn push(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        self.0.push(Field {
            name: name.to_owned(),
            value: value.into(),
        });
    }

    /// Puts a field first. A client that reads `Host` before anything else is served best.
    pub(crate) fn push_first(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        let field = Field {
            name: name.to_owned(),
            value: value.into(),
        };
        self.0.insert(0, field);
    }

    /// The one value of a field that may be there once only.
    pub(crate) fn single(&self, name: &'static str) -> Result<Option<&[u8]>, Malformed> {
        let mut values = self.get(name);
        let first = values.next();
        if values.next().is_some() {
            return Err(Malformed::Twice(name));
        }
        Ok(first)
    }

    /// The comma-separated words of a field, in lower case.
    pub(crate) fn words(&self, name: &str) -> Vec<String> {
        self.get(name)
            .flat_map(|value| value.split(|byte| *byte == b','))
            .map(|word| String::from_utf8_lossy(word.trim_ascii()).to_ascii_lowercase())
            .filter(|word| !word.is_empty())
            .collect()
    }

    /// Takes away what is between two neighbours only (RFC 9110, 7.6.1), and what the connection
    /// header names. Fields that every hop needs cannot be named there: an old trick to make the
    /// server see another message than the proxy did.
    pub(crate) fn remove_hop_by_hop(&mut self) -> Result<(), Malformed> {
        for word in self.words("connection") {
            let is_needed = matches!(
                word.as_str(),
                "host"
                    | "content-length"
                    | "transfer-encoding"
                    | "authorization"
                    | "cookie"
                    | "content-type"
                    | "content-encoding"
            );
            if is_needed {
                return Err(Malformed::Connection);
            }
            self.remove(&word);
        }
        for name in [
            "connection",
            "keep-alive",
            "proxy-connection",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-authentication-info",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "http2-settings",
        ] {
            self.remove(name);
        }
        Ok(())
    }

    fn write(&self, out: &mut Vec<u8>) {
        for field in &self.0 {
            out.extend_from_slice(field.name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(&field.value);
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"\r\n");
    }
}

impl RequestHead {
    /// Reads a head, which ends in an empty line.
    pub(crate) fn parse(head: &[u8]) -> Result<Self, Malformed> {
        let (first, fields) = split(head)?;
        let mut words = first.split(|byte| *byte == b' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(Malformed::FirstLine);
        };
        let is_method =
            !method.is_empty() && method.len() <= METHOD && method.iter().copied().all(is_token);
        let is_target = !target.is_empty() && target.iter().all(u8::is_ascii_graphic);
        // A fragment is for the client alone; readers differ in what they do with one.
        if !is_method || !is_target || target.contains(&b'#') {
            return Err(Malformed::FirstLine);
        }
        Ok(Self {
            method: String::from_utf8_lossy(method).into_owned(),
            target: String::from_utf8_lossy(target).into_owned(),
            version: parse_version(version)?,
            fields,
        })
    }

    /// Where the body ends. Fields that decide about it may be there once.
    pub(crate) fn framing(&self) -> Result<Framing, Malformed> {
        for name in ["host", "authorization", "content-type", "expect"] {
            self.fields.single(name)?;
        }
        if self.version == Version::Old && self.fields.has("transfer-encoding") {
            return Err(Malformed::Coding);
        }
        match declared(&self.fields)? {
            Framing::Length(0) | Framing::None | Framing::Close => Ok(Framing::None),
            Framing::Length(length) => Ok(Framing::Length(length)),
            Framing::Chunked => Ok(Framing::Chunked),
        }
    }

    /// Whether the client wants to use the connection again.
    pub(crate) fn is_kept(&self) -> bool {
        self.version == Version::New && !self.fields.words("connection").contains(&"close".into())
    }

    /// Whether the client asks for a WebSocket. No other change of protocol is carried: it would
    /// hide further requests from the rules.
    pub(crate) fn is_websocket(&self) -> bool {
        self.version == Version::New
            && self.method == "GET"
            && self.fields.words("connection").contains(&"upgrade".into())
            && self.fields.words("upgrade") == ["websocket"]
    }

    pub(crate) fn expects_continue(&self) -> bool {
        self.fields
            .get("expect")
            .any(|value| value.eq_ignore_ascii_case(b"100-continue"))
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        self.fields.write(&mut out);
        out
    }
}

impl AnswerHead {
    /// Reads a head, which ends in an empty line.
    pub(crate) fn parse(head: &[u8]) -> Result<Self, Malformed> {
        let (first, fields) = split(head)?;
        let mut words = first.splitn(3, |byte| *byte == b' ');
        let version = parse_version(words.next().unwrap_or_default())?;
        let status = words.next().unwrap_or_default();
        let is_number = status.len() == 3 && status.iter().all(u8::is_ascii_digit);
        let status = std::str::from_utf8(status)
            .ok()
            .filter(|_| is_number)
            .and_then(|digits| digits.parse().ok())
            .filter(|status| (100..600).contains(status))
            .ok_or(Malformed::FirstLine)?;
        Ok(Self {
            version,
            status,
            fields,
        })
    }

    /// Where the body of the answer to a request of this method ends (RFC 9112, 6.3).
    pub(crate) fn framing(&self, method: &str) -> Result<Framing, Malformed> {
        let declared = declared(&self.fields)?;
        if method == "HEAD" || self.status < 200 || matches!(self.status, 204 | 304) {
            return Ok(Framing::None);
        }
        Ok(match declared {
            Framing::Length(0) => Framing::None,
            Framing::None => Framing::Close,
            other => other,
        })
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.version == Version::New && !self.fields.words("connection").contains(&"close".into())
    }

    /// The head as bytes. The reason phrase is the server's to choose and nobody's to read, so it
    /// is left out.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status)).into_bytes();
        self.fields.write(&mut out);
        out
    }
}

/// What the fields say about the length of the body.
fn declared(fields: &Fields) -> Result<Framing, Malformed> {
    let length = fields.single("content-length")?;
    let coding = fields.single("transfer-encoding")?;
    match (length, coding) {
        (Some(_), Some(_)) => Err(Malformed::TwoLengths),
        (None, None) => Ok(Framing::None),
        (None, Some(coding)) if coding.eq_ignore_ascii_case(b"chunked") => Ok(Framing::Chunked),
        (None, Some(_)) => Err(Malformed::Coding),
        (Some(digits), None) => {
            // More than 18 digits are more bytes than anybody has.
            let is_number =
                (1..=18).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
            std::str::from_utf8(digits)
                .ok()
                .filter(|_| is_number)
                .and_then(|digits| digits.parse().ok())
                .map(Framing::Length)
                .ok_or(Malformed::Length)
        }
    }
}

/// Cuts a head into its first line and its fields.
fn split(head: &[u8]) -> Result<(&[u8], Fields), Malformed> {
    check_line_ends(head)?;
    let mut lines = head
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let first = lines.next().unwrap_or_default();
    let mut fields = Vec::new();
    for line in lines.take_while(|line| !line.is_empty()) {
        if fields.len() == FIELDS {
            return Err(Malformed::TooMany);
        }
        fields.push(parse_field(line)?);
    }
    Ok((first, Fields(fields)))
}

fn check_line_ends(head: &[u8]) -> Result<(), Malformed> {
    let mut before = 0;
    for byte in head {
        let is_right = (*byte == b'\n') == (before == b'\r') && *byte != 0;
        if !is_right {
            return Err(Malformed::LineEnd);
        }
        before = *byte;
    }
    if before == b'\r' {
        return Err(Malformed::LineEnd);
    }
    Ok(())
}

fn parse_field(line: &[u8]) -> Result<Field, Malformed> {
    let colon = line.iter().position(|byte| *byte == b':');
    let Some((name, value)) = colon.and_then(|at| line.split_at_checked(at)) else {
        return Err(Malformed::Field);
    };
    // This also refuses folded lines, which begin with a space.
    if name.is_empty() || name.iter().any(u8::is_ascii_whitespace) {
        return Err(Malformed::Field);
    }
    let value = value.get(1..).unwrap_or_default();
    if !name.iter().copied().all(is_token) || !value.iter().copied().all(is_value) {
        return Err(Malformed::Character);
    }
    // Only spaces and tabs are left to be trimmed.
    let value = value.trim_ascii();
    Ok(Field {
        name: String::from_utf8_lossy(name).into_owned(),
        value: value.to_vec(),
    })
}

fn parse_version(version: &[u8]) -> Result<Version, Malformed> {
    match version {
        b"HTTP/1.1" => Ok(Version::New),
        b"HTTP/1.0" => Ok(Version::Old),
        _ => Err(Malformed::Version),
    }
}

/// A character of a method or a field's name (RFC 9110, 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// A character of a field's value (RFC 9110, 5.5).
fn is_value(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~' | 0x80..)
}

/// The usual phrase for a status, for people who read along.
pub(crate) fn reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        101 => "Switching Protocols",
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        408 => "Request Timeout",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Status",
    }
}

#[cfg(test)]
mod tests;
