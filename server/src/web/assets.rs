//! The built web assets: found once at start, answered from memory, cached for ever by their hashed names.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use serde::Deserialize;

/// Inside the binary in a release build; read from the folder in a debug build.
#[derive(RustEmbed)]
#[folder = "$SPARK_SITE_DIR"]
struct Folder;

/// What `scripts/site.mjs` wrote about its work.
#[derive(Deserialize)]
struct Manifest {
    assets: ManifestAssets,
    files: Vec<ManifestFile>,
}

/// The same fields as [`app::Assets`].
#[derive(Deserialize)]
struct ManifestAssets {
    style: String,
    start: String,
    module: String,
    wasm: String,
}

#[derive(Deserialize)]
struct ManifestFile {
    path: String,
    /// Its name carries the hash of its content, so it never changes.
    immutable: bool,
    encodings: Vec<String>,
}

struct Asset {
    content_type: HeaderValue,
    cache_control: HeaderValue,
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
}

/// Every asset, by its path under `/`.
#[derive(Clone)]
pub struct Site {
    files: Arc<HashMap<String, Asset>>,
    assets: Arc<app::Assets>,
}

impl Site {
    /// Takes the manifest and its files into memory.
    ///
    /// # Errors
    /// When the web half was never built, or its folder is not what the manifest says.
    pub fn load() -> anyhow::Result<Self> {
        let manifest = Folder::get("manifest.json").context(concat!(
            "the web assets are missing from ",
            env!("SPARK_SITE_DIR"),
            ": run `make build`, or `scripts/build.sh dev` for a debug build"
        ))?;
        let manifest: Manifest = serde_json::from_slice(&manifest.data).context("manifest.json")?;
        let mut files = HashMap::new();
        for file in manifest.files {
            files.insert(file.path.clone(), Asset::load(&file)?);
        }
        let ManifestAssets { style, start, module, wasm } = manifest.assets;
        let assets = app::Assets {
            style: style.into(),
            start: start.into(),
            module: module.into(),
            wasm: wasm.into(),
        };
        Ok(Self { files: Arc::new(files), assets: Arc::new(assets) })
    }

    /// Answers `path` (without the leading slash) when it names an asset.
    pub fn answer(&self, path: &str, request: &HeaderMap) -> Option<Response> {
        self.files.get(path).map(|asset| asset.answer(request))
    }

    /// The addresses that pages put into their head.
    pub fn assets(&self) -> &Arc<app::Assets> {
        &self.assets
    }
}

impl Asset {
    fn load(file: &ManifestFile) -> anyhow::Result<Self> {
        let mime = mime_guess::from_path(&file.path).first_or_octet_stream();
        let text = mime.type_() == mime_guess::mime::TEXT;
        let content_type = if text { format!("{mime}; charset=utf-8") } else { mime.to_string() };
        let plain = bytes(&file.path)?;
        let encoded = |encoding: &str, suffix: &str| -> anyhow::Result<Option<Bytes>> {
            let wanted = file.encodings.iter().any(|name| name == encoding);
            wanted.then(|| bytes(&format!("{}.{suffix}", file.path))).transpose()
        };
        Ok(Self {
            content_type: HeaderValue::from_str(&content_type)?,
            cache_control: HeaderValue::from_static(if file.immutable {
                "public, max-age=31536000, immutable"
            } else {
                "public, max-age=3600"
            }),
            brotli: encoded("br", "br")?,
            gzip: encoded("gzip", "gz")?,
            plain,
        })
    }

    fn answer(&self, request: &HeaderMap) -> Response {
        let (body, encoding) = match (&self.brotli, &self.gzip) {
            (Some(body), _) if accepts(request, "br") => (body, Some("br")),
            (_, Some(body)) if accepts(request, "gzip") => (body, Some("gzip")),
            _ => (&self.plain, None),
        };
        let mut response = body.clone().into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, self.content_type.clone());
        headers.insert(header::CACHE_CONTROL, self.cache_control.clone());
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    }
}

fn bytes(path: &str) -> anyhow::Result<Bytes> {
    let file = Folder::get(path).with_context(|| format!("the manifest names {path}, which is not there"))?;
    Ok(match file.data {
        std::borrow::Cow::Borrowed(inside) => Bytes::from_static(inside),
        std::borrow::Cow::Owned(read) => Bytes::from(read),
    })
}

/// Whether the client takes this content coding: named, and not with `q=0` (RFC 9110 section 12.5.3).
fn accepts(request: &HeaderMap, coding: &str) -> bool {
    let values = request.get_all(header::ACCEPT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(coding));
        let refused = parts.any(|part| {
            let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
            weight.is_some_and(|weight| weight.trim().trim_end_matches(['0', '.']).is_empty())
        });
        named && !refused
    })
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    fn request(accept: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_ENCODING, accept.parse().unwrap())])
    }

    #[test]
    fn a_coding_is_accepted_when_named_and_not_weighed_zero() {
        assert!(accepts(&request("gzip, deflate, br;q=0.9"), "br"));
        assert!(accepts(&request("GZIP"), "gzip"));
        assert!(!accepts(&request("gzip, br; q=0"), "br"));
        assert!(!accepts(&request("br;q=0.000"), "br"));
        assert!(!accepts(&request("gzip, bread"), "br"));
        assert!(!accepts(&HeaderMap::new(), "br"));
    }

    #[test]
    fn the_smallest_body_the_client_takes_is_sent_with_its_type_and_a_year_of_cache() {
        let asset = Asset {
            content_type: HeaderValue::from_static("application/wasm"),
            cache_control: HeaderValue::from_static("public, max-age=31536000, immutable"),
            plain: Bytes::from_static(b"plain"),
            brotli: Some(Bytes::from_static(b"br")),
            gzip: Some(Bytes::from_static(b"gz")),
        };
        for (accept, encoding, length) in
            [("gzip, br", Some("br"), 2), ("gzip", Some("gzip"), 2), ("", None, 5)]
        {
            let response = asset.answer(&request(accept));
            assert_eq!(response.status(), StatusCode::OK);
            let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap());
            assert_eq!(header(header::CONTENT_ENCODING), encoding);
            assert_eq!(header(header::CONTENT_TYPE), Some("application/wasm"));
            assert_eq!(header(header::VARY), Some("accept-encoding"));
            assert_eq!(header(header::CACHE_CONTROL), Some("public, max-age=31536000, immutable"));
            use axum::body::HttpBody;
            assert_eq!(response.body().size_hint().exact(), Some(length));
        }
    }
}
