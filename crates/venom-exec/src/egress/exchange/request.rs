//! A request on its way out: where it goes, whether it may, and what of it is rewritten.

use std::num::NonZeroU16;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use super::answer::Shape;
use super::payload::{BodyReader, Payload};
use super::{Destination, Origin};
use crate::egress::Shared;
use crate::egress::decision::{Entry, Meter, Refusal, Scheme, Stop};
use crate::egress::head::{Fields, Framing, Malformed, RequestHead, Version};
use crate::egress::host::{Host, HostError};
use crate::egress::mask::Mask;
use crate::egress::secret::{Form, Place, SecretId, Swapped, Swapper};
use crate::egress::wire::Peer;

/// A request that may go out.
pub(super) struct Request {
    pub(super) to: Destination,
    path: String,
    /// What is for the host; what is for the proxy alone was taken away.
    fields: Fields,
    framing: Framing,
    shape: Shape,
}

/// A request as it goes out.
pub(super) struct Outgoing {
    pub(super) head: Zeroizing<Vec<u8>>,
    pub(super) payload: Payload,
    /// What to take out of the answer.
    pub(super) mask: Mask,
    pub(super) shape: Shape,
}

impl Request {
    /// Decides whether a request may go out. Nothing was dialled or looked up before this.
    pub(super) fn check(
        shared: &Shared,
        origin: Option<&Origin>,
        entry: &mut Entry<'_>,
        head: RequestHead,
    ) -> Result<Self, Stop> {
        let located = match origin {
            Some(origin) => inside(origin, &head),
            None => outside(&head),
        };
        let Located {
            scheme,
            host,
            port,
            path,
        } = located.inspect_err(|_| {
            if origin.is_none() {
                entry.name_unreadable(&head.target);
            }
        })?;
        entry.name(&host, port);
        check_host_header(&head, &host, port, scheme)?;
        let framing = head.framing()?;
        let rule = match origin {
            Some(origin) => &origin.rule,
            None => shared.rules.check(&host, port)?,
        };
        rule.check_method(&head.method)?;
        if matches!(framing, Framing::Length(length) if length > shared.limits.request_body) {
            return Err(Refusal::BodyTooLarge.into());
        }
        let to = Destination {
            scheme,
            private: rule.private(),
            host,
            port,
        };
        let shape = Shape {
            version: head.version,
            is_kept: head.is_kept(),
            is_websocket: head.is_websocket(),
            expects_continue: head.expects_continue(),
            method: head.method,
        };
        let mut fields = head.fields;
        fields.remove_hop_by_hop()?;
        for name in ["host", "content-length", "expect"] {
            fields.remove(name);
        }
        Ok(Self {
            to,
            path,
            fields,
            framing,
            shape,
        })
    }

    /// Rewrites the request. A body that values may have to be put into is read here.
    pub(super) async fn prepare(
        self,
        shared: &Shared,
        meter: &Meter<'_>,
        client: &mut Peer,
    ) -> Result<Outgoing, Stop> {
        let Destination {
            scheme, host, port, ..
        } = &self.to;
        let swapper = Swapper::new(&shared.secrets, *scheme, host, *port);
        let bound = shared.secrets.towards(*scheme, host, *port);
        let mut mask = Mask::new(&bound);
        let mut shape = self.shape;
        let mut fields = self.fields;
        if !mask.is_empty() {
            // What is compressed cannot be masked.
            fields.remove("accept-encoding");
            fields.push("Accept-Encoding", "identity");
            fields.remove("sec-websocket-extensions");
        }

        let target = swapper.swap(self.path.as_bytes(), Place::Target, Form::Percent);
        note(meter, &target);
        let target = match target.text {
            Some(text) => String::from_utf8_lossy(&text).into_owned(),
            None => self.path,
        };
        swap_fields(&mut fields, &swapper, meter, &mut mask);

        let reader = BodyReader {
            shared,
            meter,
            swapper,
        };
        let payload = reader
            .read(self.framing, &fields, &mut shape, client)
            .await?;

        let authority = host.with_port(*port, scheme.default_port());
        fields.push_first("Host", authority);
        match &payload {
            Payload::Whole { body, .. } if body.is_empty() && self.framing == Framing::None => {
                // Some servers want to be told that nothing follows.
                if matches!(shape.method.as_str(), "POST" | "PUT" | "PATCH") {
                    fields.push("Content-Length", "0");
                }
            }
            Payload::Whole { body, .. } => fields.push("Content-Length", body.len().to_string()),
            Payload::Begun { is_chunked, .. } => match self.framing {
                Framing::Length(length) if !is_chunked => {
                    fields.push("Content-Length", length.to_string());
                }
                Framing::Length(_) | Framing::None | Framing::Chunked | Framing::Close => {
                    fields.push("Transfer-Encoding", "chunked");
                }
            },
        }
        if shape.expects_continue {
            fields.push("Expect", "100-continue");
        }
        if shape.is_websocket {
            fields.push("Connection", "Upgrade");
            fields.push("Upgrade", "websocket");
        }
        let head = RequestHead {
            method: shape.method.clone(),
            target,
            version: Version::New,
            fields,
        };
        Ok(Outgoing {
            head: Zeroizing::new(head.to_bytes()),
            payload,
            mask,
            shape,
        })
    }
}

/// Where a request goes.
struct Located {
    scheme: Scheme,
    host: Host,
    port: u16,
    path: String,
}

/// Reads the target of a request to a proxy: a whole address.
fn outside(head: &RequestHead) -> Result<Located, Stop> {
    let scheme = "http://";
    let rest = head
        .target
        .split_at_checked(scheme.len())
        .filter(|(start, _)| start.eq_ignore_ascii_case(scheme))
        .map(|(_, rest)| rest)
        .ok_or(Refusal::NotProxied)?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    // A user before the host is a way to make one host look like another.
    if authority.contains('@') {
        return Err(HostError::Label.into());
    }
    let (host, port) = Host::parse_with_port(authority)?;
    let path = match path {
        "" if head.method == "OPTIONS" => "*".to_owned(),
        path if path.starts_with('/') => path.to_owned(),
        path => format!("/{path}"),
    };
    Ok(Located {
        scheme: Scheme::Http,
        host,
        port: port.map_or(80, NonZeroU16::get),
        path,
    })
}

/// Reads the target of a request to the host of a tunnel: a path.
fn inside(origin: &Origin, head: &RequestHead) -> Result<Located, Stop> {
    let is_path = head.target.starts_with('/') || (head.target == "*" && head.method == "OPTIONS");
    if !is_path {
        return Err(Refusal::NotProxied.into());
    }
    Ok(Located {
        scheme: origin.scheme,
        host: origin.host.clone(),
        port: origin.port,
        path: head.target.clone(),
    })
}

fn check_host_header(
    head: &RequestHead,
    host: &Host,
    port: u16,
    scheme: Scheme,
) -> Result<(), Stop> {
    let Some(value) = head.fields.single("host")? else {
        return match head.version {
            Version::Old => Ok(()),
            Version::New => Err(Malformed::NoHost.into()),
        };
    };
    let value = std::str::from_utf8(value).map_err(|_not_text| HostError::Label)?;
    let (named, named_port) = Host::parse_with_port(value)?;
    let named_port = named_port.map_or_else(|| scheme.default_port(), NonZeroU16::get);
    if named != *host || named_port != port {
        return Err(Refusal::HostHeader.into());
    }
    Ok(())
}

pub(super) fn note(meter: &Meter<'_>, swapped: &Swapped) {
    meter.swapped(swapped.used.iter().cloned());
    meter.left(swapped.left.iter().cloned());
}

/// Puts values into header fields.
fn swap_fields(fields: &mut Fields, swapper: &Swapper<'_>, meter: &Meter<'_>, mask: &mut Mask) {
    for field in fields.iter_mut() {
        let is_authorization = field.name.eq_ignore_ascii_case("authorization");
        if is_authorization && let Some(value) = swap_basic(&field.value, swapper, meter, mask) {
            field.value = value;
            continue;
        }
        let swapped = swapper.swap(&field.value, Place::Header, Form::Raw);
        note(meter, &swapped);
        if let Some(text) = swapped.text {
            field.value = text.to_vec();
        }
    }
}

/// Puts values inside the encoding of `Basic`. `None` if it is another kind of authorization.
fn swap_basic(
    value: &[u8],
    swapper: &Swapper<'_>,
    meter: &Meter<'_>,
    mask: &mut Mask,
) -> Option<Vec<u8>> {
    let (scheme, encoded) = value.split_at_checked("Basic ".len())?;
    if !scheme.eq_ignore_ascii_case(b"Basic ") {
        return None;
    }
    let encoded = encoded.trim_ascii();
    let decoded = BASE64_STANDARD.decode(encoded).ok()?;
    let swapped = swapper.swap(&decoded, Place::Header, Form::Raw);
    note(meter, &swapped);
    let Some(text) = swapped.text else {
        return Some(value.to_vec());
    };
    let token = Zeroizing::new(BASE64_STANDARD.encode(&*text));
    // A host that repeats the field must not show it either.
    if let Some(id) = swapped.used.iter().next() {
        let bytes = Zeroizing::new(token.as_bytes().to_vec());
        mask.add(bytes, encoded.to_vec(), SecretId::clone(id));
    }
    Some([scheme, token.as_bytes()].concat())
}
