//! Which pages travel compressed: public ones, for readers who are not signed in (docs/decisions/0006).

use axum::body::HttpBody;
use axum::http::Response;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::Predicate;

/// An answer bears this when nothing in it is secret from whoever can make its reader ask for it.
#[derive(Debug, Clone, Copy)]
pub struct Open;

/// Compresses answers that say so, and no others.
#[derive(Debug, Clone, Copy)]
pub struct OnlyOpen;

impl Predicate for OnlyOpen {
    fn should_compress<B: HttpBody>(&self, response: &Response<B>) -> bool {
        response.extensions().get::<Open>().is_some()
    }
}

/// The layer: Brotli, else gzip, else plain, as the browser asks. Assets are compressed when they are built.
pub fn layer() -> CompressionLayer<OnlyOpen> {
    CompressionLayer::new().compress_when(OnlyOpen)
}
